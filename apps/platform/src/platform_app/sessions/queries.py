from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.sessions.lifetimes import IDLE, SLIDE_AFTER
from platform_app.tables import session


async def add(connection: AsyncConnection, values: Row) -> Row:
    result = await connection.execute(insert(session).values(**values).returning(session))
    row: Row = result.mappings().one()
    return row


async def slide(connection: AsyncConnection, session_id: UUID) -> Row | None:
    """Move the end of the idle time, unless another request did so today; the absolute end stays."""
    result = await connection.execute(
        update(session)
        .where(
            session.c.id == session_id,
            session.c.remembered,
            session.c.expires_at > func.now(),
            session.c.expires_at <= func.now() + (IDLE - SLIDE_AFTER),
            session.c.expires_at < session.c.absolute_expires_at,
        )
        .values(expires_at=func.least(func.now() + IDLE, session.c.absolute_expires_at))
        .returning(session)
    )
    row: Row | None = result.mappings().one_or_none()
    return row


async def active(connection: AsyncConnection, user_id: UUID) -> list[Row]:
    result = await connection.execute(
        select(session)
        .where(
            session.c.user_id == user_id,
            session.c.expires_at > func.now(),
            session.c.absolute_expires_at > func.now(),
        )
        .order_by(session.c.id)
    )
    return list(result.mappings())


async def end(connection: AsyncConnection, user_id: UUID, session_id: UUID) -> bool:
    """End one session, if it is the user's."""
    result = await connection.execute(
        delete(session).where(session.c.id == session_id, session.c.user_id == user_id)
    )
    return result.rowcount == 1


async def end_by_token(connection: AsyncConnection, token_hash: bytes) -> Row | None:
    result = await connection.execute(
        delete(session).where(session.c.token_hash == token_hash).returning(session.c.id, session.c.user_id)
    )
    row: Row | None = result.mappings().one_or_none()
    return row


async def end_all(connection: AsyncConnection, user_id: UUID, *, but: UUID | None = None) -> int:
    statement = delete(session).where(session.c.user_id == user_id)
    if but is not None:
        statement = statement.where(session.c.id != but)
    return (await connection.execute(statement)).rowcount
