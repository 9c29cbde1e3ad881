from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app import audit, mail
from platform_app.application import Application
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.credentials import service as credentials
from platform_app.mail import Template
from platform_app.rows import Row
from platform_app.sessions import service as sessions
from platform_app.sessions.service import Begun
from platform_app.sign_up.errors import UserAlreadyExists
from platform_app.sign_up.schemas import SignUpIn
from platform_app.throttling import Scope
from platform_app.tokens import new_id
from platform_app.users import service as users


async def sign_up(
    application: Application, body: SignUpIn, client: Client, presented: str | None
) -> tuple[Row, Begun | None]:
    """Make a user, and begin a session unless the address must be verified first.

    Raises:
        PasswordRefused: the password may not be set.
        TooManyRequests: too many sign-ups from the address.
        UserAlreadyExists: the address is taken; never where it must be verified: there a taken address gets the
            answer of a free one, after the same work, and its owner a mail.
    """
    password = application.rules.check(body.password, body.email, body.name)
    await application.throttle.by_address(Scope.SIGN_UP, client)
    password_hash = await application.hasher.hash(password)
    quietly = application.settings.require_email_verification
    # before the transaction, for it takes a connection of its own
    may_mail = quietly and await application.throttle.may_mail(Template.SIGN_UP, body.email)
    async with application.database.begin() as connection:
        user_id = new_id()
        user = await users.add(connection, id=user_id, name=body.name, email=body.email, image=body.image)
        if quietly:
            await _finish_quietly(connection, body, client, user, password_hash, may_mail=may_mail)
            return user or _synthetic(user_id, body), None
        if user is not None:
            return user, await _finish(connection, body, client, user, password_hash, presented)
        await audit.record(connection, Event.SIGN_UP, client, failure=UserAlreadyExists.code)
    raise UserAlreadyExists


async def _finish(  # what a sign-up consists of
    connection: AsyncConnection,
    body: SignUpIn,
    client: Client,
    user: Row,
    password_hash: str,
    presented: str | None,
) -> Begun:
    await credentials.add(connection, user["id"], password_hash)
    begun = await sessions.begin(
        connection, user["id"], client, remember=body.remember_me, presented=presented
    )
    await mail.enqueue(connection, Template.SIGN_UP, body.email, callback_url=body.callback_url)
    await audit.record(connection, Event.SIGN_UP, client, user_id=user["id"], session_id=begun.session["id"])
    return begun


async def _finish_quietly(
    connection: AsyncConnection,
    body: SignUpIn,
    client: Client,
    user: Row | None,
    password_hash: str,
    *,
    may_mail: bool,
) -> None:
    """Do the same work for a free and for a taken address, so that the time does not tell which it is."""
    if user is not None:
        await credentials.add(connection, user["id"], password_hash)
    else:
        await credentials.add_nothing(connection, password_hash)
    if may_mail:
        await mail.enqueue(connection, Template.SIGN_UP, body.email, callback_url=body.callback_url)
    failure = None if user else UserAlreadyExists.code
    user_id = user["id"] if user else None
    await audit.record(connection, Event.SIGN_UP, client, user_id=user_id, failure=failure)


def _synthetic(user_id: UUID, body: SignUpIn) -> Row:
    """What a new user's row would look like."""
    now = datetime.now(UTC)
    return {
        "id": user_id,
        "name": body.name,
        "email": body.email,
        "email_verified": False,
        "image": body.image,
        "created_at": now,
        "updated_at": now,
    }
