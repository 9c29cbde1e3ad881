from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables import user


async def add(connection: AsyncConnection, values: Row) -> Row | None:
    """A new user, or None when the address is taken."""
    result = await connection.execute(
        upsert(user)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[func.lower(user.c.email)])
        .returning(user)
    )
    row: Row | None = result.mappings().one_or_none()
    return row


async def by_email(connection: AsyncConnection, email: str) -> Row | None:
    result = await connection.execute(select(user).where(func.lower(user.c.email) == email.lower()))
    row: Row | None = result.mappings().one_or_none()
    return row


async def change(connection: AsyncConnection, user_id: UUID, values: Row) -> Row | None:
    result = await connection.execute(
        update(user).where(user.c.id == user_id).values(**values).returning(user)
    )
    row: Row | None = result.mappings().one_or_none()
    return row


async def remove(connection: AsyncConnection, user_id: UUID) -> bool:
    return (await connection.execute(delete(user).where(user.c.id == user_id))).rowcount == 1


async def by_id(connection: AsyncConnection, user_id: UUID) -> Row | None:
    result = await connection.execute(select(user).where(user.c.id == user_id))
    row: Row | None = result.mappings().one_or_none()
    return row


async def verify(connection: AsyncConnection, user_id: UUID, email: str) -> Row | None:
    """Mark the address as verified, if it is still the user's."""
    result = await connection.execute(
        update(user)
        .where(user.c.id == user_id, func.lower(user.c.email) == email.lower())
        .values(email_verified=True)
        .returning(user)
    )
    row: Row | None = result.mappings().one_or_none()
    return row


async def move(connection: AsyncConnection, user_id: UUID, old: str, new: str) -> Row | None:
    """Give the user a new, verified address, if the old one is still theirs."""
    result = await connection.execute(
        update(user)
        .where(user.c.id == user_id, func.lower(user.c.email) == old.lower())
        .values(email=new, email_verified=True)
        .returning(user)
    )
    row: Row | None = result.mappings().one_or_none()
    return row
