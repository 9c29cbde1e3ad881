from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from trading_app.rows import Row, one_row
from trading_app.tables import idempotency_keys as table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def claim(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Take the key for this transaction; false if it is taken. Waits for a transaction that is taking it."""
    await connection.execute(
        delete(table).where(
            table.c.account_id == values["account_id"],
            table.c.key == values["key"],
            table.c.expires_at <= func.now(),
        )
    )
    query = insert(table).values(**values).on_conflict_do_nothing().returning(table.c.key)
    return (await connection.execute(query)).one_or_none() is not None


async def get(connection: AsyncConnection, account_id: UUID, key: str) -> Row:
    query = select(table).where(table.c.account_id == account_id, table.c.key == key)
    return await one_row(connection, query)


async def answer(connection: AsyncConnection, account_id: UUID, key: str, status: int, body: bytes) -> None:
    await connection.execute(
        update(table)
        .where(table.c.account_id == account_id, table.c.key == key)
        .values(response_status=status, response_body=body, response_headers={})
    )
