from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app import audit
from platform_app.addresses import is_address
from platform_app.administration import queries
from platform_app.administration.errors import (
    NameUnfit,
    NoSuchSession,
    NoSuchUser,
    NotAnAddress,
    PasswordUnfit,
    UserExists,
)
from platform_app.audit import Event
from platform_app.credentials import service as credentials
from platform_app.hashing import PasswordHasher
from platform_app.names import Name
from platform_app.password_rules import PasswordRefused, PasswordRules
from platform_app.rows import Row
from platform_app.sessions import service as sessions
from platform_app.tables.enumerations import Role
from platform_app.users import service as users
from servicekit.database import Database


async def create(  # noqa: PLR0913, PLR0917  who it is, and what makes and checks the password
    database: Database,
    hasher: PasswordHasher,
    rules: PasswordRules,
    email: str,
    name: str,
    password: str,
    role: Role,
) -> UUID:
    """Make a user with a role, whose address counts as verified.

    Raises:
        CommandFailed: no address or name, a password that may not be set, or a user that exists.
    """
    if not is_address(email):
        raise NotAnAddress
    _assert_name(name)
    try:
        password_hash = await hasher.hash(rules.check(password, email, name))
    except PasswordRefused as refused:
        raise PasswordUnfit(refused.message) from None
    async with database.begin() as connection:
        user = await users.add(connection, email=email.lower(), name=name, role=role, email_verified=True)
        if user is None:
            raise UserExists
        await credentials.add(connection, user["id"], password_hash)
        await audit.record(connection, Event.USER_CREATE, None, user_id=user["id"], role=role)
    user_id: UUID = user["id"]
    return user_id


async def list_sessions(database: Database, email: str) -> list[Row]:
    async with database.begin() as connection:
        user = await _user(connection, email)
        return await sessions.active(connection, user["id"])


async def revoke(database: Database, session_id: UUID) -> None:
    """End one session, whoever's it is."""
    async with database.begin() as connection:
        owner = await queries.owner_of(connection, session_id)
        if owner is None or not await sessions.end(connection, owner["user_id"], session_id):
            raise NoSuchSession
        await audit.record(
            connection, Event.SESSION_REVOKE, None, user_id=owner["user_id"], revoked=str(session_id)
        )


async def revoke_all(database: Database, email: str) -> int:
    """End every session of a user."""
    async with database.begin() as connection:
        user = await _user(connection, email)
        count = await sessions.end_all(connection, user["id"])
        await audit.record(connection, Event.SESSION_REVOKE, None, user_id=user["id"], count=count)
    return count


async def ban(database: Database, email: str, reason: str | None) -> int:
    """Keep a user out from the next request on, in every service; the number of sessions that ended."""
    async with database.begin() as connection:
        user = await _user(connection, email)
        await users.change(connection, user["id"], banned_at=func.now(), ban_reason=reason)
        count = await sessions.end_all(connection, user["id"])
        await audit.record(connection, Event.USER_BAN, None, user_id=user["id"], sessions=count)
    return count


async def unban(database: Database, email: str) -> None:
    async with database.begin() as connection:
        user = await _user(connection, email)
        await users.change(connection, user["id"], banned_at=None, ban_reason=None)
        await audit.record(connection, Event.USER_UNBAN, None, user_id=user["id"])


async def prune(database: Database) -> dict[str, int]:
    """Remove what is over, in short transactions: the rows removed, by table."""
    removed: dict[str, int] = {}
    for table, over in queries.past().items():
        removed[table.name] = 0
        while True:
            async with database.begin() as connection:
                count = await queries.remove_some(connection, table, over)
            removed[table.name] += count
            if count < queries.BATCH:
                break
    return removed


def _assert_name(name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise NameUnfit from None


async def _user(connection: AsyncConnection, email: str) -> Row:
    user = await users.by_email(connection, email)
    if user is None:
        raise NoSuchUser
    return user
