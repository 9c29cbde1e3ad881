from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.application import Application
from platform_app.clients import Client
from platform_app.credentials import queries
from platform_app.credentials.errors import CredentialAccountNotFound, InvalidPassword
from platform_app.hashing import HashingBusy
from platform_app.password_rules import normalise
from platform_app.rows import Row
from platform_app.throttling import Scope


@dataclass(frozen=True)
class Proof:
    """A password that was right: whose, against which hash, and the hash that should replace that one, if any."""

    user: Row
    hash: str
    replacement: str | None


async def by_email(application: Application, email: str) -> Row | None:
    return await queries.by_email(application.database, email)


async def prove(  # who tries what, from where, and how it is counted
    application: Application,
    password: str,
    credential: Row | None,
    scope: Scope,
    email: str,
    client: Client,
) -> Proof | None:
    """Verify a password; without a credential it takes as long and proves nothing.

    Raises:
        TooManyRequests: the account had too many failures.
        HashingBusy: too many are waiting; the try does not count.
    """
    stored = credential["password"] if credential else None
    user_id = credential["id"] if credential else None
    counted = await application.throttle.by_account(scope, email, client, user_id)
    try:
        verdict = await application.hasher.verify(normalise(password), stored)
    except HashingBusy:
        await application.throttle.take_back(scope, counted)
        raise
    if credential is None or stored is None or not verdict.valid:
        return None
    return Proof(credential, stored, verdict.replacement)


async def prove_again(application: Application, user_id: UUID, password: str, client: Client) -> Proof:
    """Verify the password of somebody who is signed in already.

    Raises:
        TooManyRequests: a stolen session is no place to guess the password from.
        CredentialAccountNotFound: the user has none.
        InvalidPassword: it is wrong.
    """
    normalise(password)
    await application.throttle.by_address(Scope.PASSWORD, client)
    credential = await queries.by_user(application.database, user_id)
    if credential is None or credential["password"] is None:
        raise CredentialAccountNotFound
    proof = await prove(application, password, credential, Scope.PASSWORD, credential["email"], client)
    if proof is None:
        raise InvalidPassword
    return proof


async def confirm(connection: AsyncConnection, proof: Proof) -> Row | None:
    """In the transaction that acts on a proof: the user, or None if the password was changed in the meantime.

    Without this a sign-in that began before a reset could outlive it: the reset ends the sessions that exist, and
    this one would begin a moment later.
    """
    return await queries.still(connection, proof.user["id"], proof.hash)


async def add(connection: AsyncConnection, user_id: UUID, password_hash: str) -> None:
    await queries.add(connection, user_id, password_hash)


async def add_nothing(connection: AsyncConnection, password_hash: str) -> None:
    """As long as `add` takes; for an address that is taken."""
    await queries.add_nothing(connection, password_hash)


async def replace(connection: AsyncConnection, user_id: UUID, password_hash: str) -> bool:
    return await queries.replace(connection, user_id, password_hash)
