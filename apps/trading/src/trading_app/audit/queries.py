from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from trading_app.rows import Row, every_row, one_row
from trading_app.tables import accounts, audit_logs

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def page(connection: AsyncConnection, account_id: UUID, *, before: int | None, limit: int) -> list[Row]:
    query = select(audit_logs).where(audit_logs.c.account_id == account_id)
    if before is not None:
        query = query.where(audit_logs.c.sequence < before)
    query = query.order_by(audit_logs.c.sequence.desc()).limit(limit)
    return await every_row(connection, query)


async def after(connection: AsyncConnection, account_id: UUID, *, sequence: int, limit: int) -> list[Row]:
    query = (
        select(audit_logs)
        .where(audit_logs.c.account_id == account_id, audit_logs.c.sequence > sequence)
        .order_by(audit_logs.c.sequence)
        .limit(limit)
    )
    return await every_row(connection, query)


async def head(connection: AsyncConnection, account_id: UUID) -> Row:
    """Give what the account knows of its last row."""
    query = select(accounts.c.audit_sequence, accounts.c.audit_hash).where(accounts.c.id == account_id)
    return await one_row(connection, query)
