from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app import audit
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.rows import Row
from platform_app.sessions import queries
from platform_app.sessions.errors import SessionNotFresh
from platform_app.sessions.lifetimes import ABSOLUTE, FRESH, IDLE, SLIDE_AFTER, UNREMEMBERED
from platform_app.tokens import hash_token, new_token
from servicekit.auth import Principal


@dataclass(frozen=True)
class Begun:
    """A new session, with the token that only its owner ever gets."""

    token: str
    remembered: bool
    session: Row


async def begin(
    connection: AsyncConnection, user_id: UUID, client: Client, *, remember: bool, presented: str | None
) -> Begun:
    """Begin a session after a proof of identity.

    Args:
        connection: the transaction of the proof.
        user_id: whose.
        client: from where.
        remember: whether it outlives the browser.
        presented: the token that the request brought. Its session ends: a new proof, a new token (ASVS 7.2.4).
    """
    if presented:
        await queries.end_by_token(connection, hash_token(presented))
    token = new_token()
    row = await queries.add(
        connection,
        {
            "user_id": user_id,
            "token_hash": hash_token(token),
            "expires_at": func.now() + (IDLE if remember else UNREMEMBERED),
            "absolute_expires_at": func.now() + (ABSOLUTE if remember else UNREMEMBERED),
            "remembered": remember,
            "ip_address": client.address,
            "user_agent": client.user_agent,
        },
    )
    return Begun(token, remember, row)


def needs_sliding(principal: Principal) -> bool:
    """Whether the end of the idle time is a day old; asked at every request, so without the database."""
    session = principal.session
    return bool(
        session["remembered"]
        and session["expires_at"] < session["absolute_expires_at"]
        and session["expires_at"] - datetime.now(UTC) <= IDLE - SLIDE_AFTER
    )


async def slide(connection: AsyncConnection, principal: Principal) -> Row | None:
    return await queries.slide(connection, principal.session_id)


def is_fresh(principal: Principal) -> bool:
    return bool(datetime.now(UTC) - principal.session["authenticated_at"] < FRESH)


def assert_fresh(principal: Principal) -> None:
    """Raises SessionNotFresh when the proof of identity is too old for what is sensitive."""
    if not is_fresh(principal):
        raise SessionNotFresh


async def active(connection: AsyncConnection, user_id: UUID) -> list[Row]:
    return await queries.active(connection, user_id)


async def sign_out(connection: AsyncConnection, token: str, client: Client) -> None:
    ended = await queries.end_by_token(connection, hash_token(token))
    if ended:
        await audit.record(
            connection, Event.SIGN_OUT, client, user_id=ended["user_id"], session_id=ended["id"]
        )


async def revoke(connection: AsyncConnection, principal: Principal, token: str, client: Client) -> None:
    """End one of the user's own sessions by its id; an unknown id is no error, as with better-auth."""
    try:
        session_id = UUID(token)
    except ValueError:
        return
    if await queries.end(connection, principal.user_id, session_id):
        await audit.record(
            connection,
            Event.SESSION_REVOKE,
            client,
            user_id=principal.user_id,
            session_id=principal.session_id,
            revoked=str(session_id),
        )


async def revoke_all(
    connection: AsyncConnection, principal: Principal, client: Client, *, but_this: bool
) -> None:
    kept = principal.session_id if but_this else None
    count = await queries.end_all(connection, principal.user_id, but=kept)
    await audit.record(
        connection,
        Event.SESSION_REVOKE,
        client,
        user_id=principal.user_id,
        session_id=principal.session_id,
        count=count,
    )


async def end_all(connection: AsyncConnection, user_id: UUID, *, but: UUID | None = None) -> int:
    """End a user's sessions, as part of what makes them worthless: a reset, a new password, a ban."""
    return await queries.end_all(connection, user_id, but=but)


async def end(connection: AsyncConnection, user_id: UUID, session_id: UUID) -> bool:
    return await queries.end(connection, user_id, session_id)
