from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.users import queries


async def add(connection: AsyncConnection, **values: Any) -> Row | None:  # noqa: ANN401  # columns
    """A new user, or None when the address is taken."""
    return await queries.add(connection, values)


async def by_email(connection: AsyncConnection, email: str) -> Row | None:
    return await queries.by_email(connection, email)


async def change(connection: AsyncConnection, user_id: UUID, **values: Any) -> Row | None:  # noqa: ANN401  # columns
    return await queries.change(connection, user_id, values)


async def remove(connection: AsyncConnection, user_id: UUID) -> bool:
    return await queries.remove(connection, user_id)


async def by_id(connection: AsyncConnection, user_id: UUID) -> Row | None:
    return await queries.by_id(connection, user_id)


async def verify(connection: AsyncConnection, user_id: UUID, email: str) -> Row | None:
    """Mark the address as verified, if it is still the user's."""
    return await queries.verify(connection, user_id, email)


async def move(connection: AsyncConnection, user_id: UUID, old: str, new: str) -> Row | None:
    """Give the user a new, verified address, if the old one is still theirs."""
    return await queries.move(connection, user_id, old, new)
