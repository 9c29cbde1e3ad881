from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select, text

from trading_app.rows import Row, every_row, one_row
from trading_app.tables import (
    accounts,
    executions,
    ledger_accounts,
    ledger_entries,
    ledger_transfers,
    orders,
    positions,
)
from trading_app.tables.orders import OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def one_moment(connection: AsyncConnection) -> None:
    """Let every query of this transaction see the books at one moment."""
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


async def every_account(connection: AsyncConnection) -> Sequence[UUID]:
    return (await connection.execute(select(accounts.c.id).order_by(accounts.c.number))).scalars().all()


async def fills(connection: AsyncConnection, account_id: UUID, *, after: int, limit: int) -> list[Row]:
    query = (
        select(executions)
        .where(executions.c.account_id == account_id, executions.c.sequence > after)
        .order_by(executions.c.sequence)
        .limit(limit)
    )
    return await every_row(connection, query)


async def funded(connection: AsyncConnection, account_id: UUID) -> Decimal:
    """Give the cash that came and went without a trade."""
    table, cash = ledger_transfers.c, ledger_accounts.c
    signed = case((table.to_id == cash.id, table.amount), else_=-table.amount)
    query = (
        select(func.coalesce(func.sum(signed), 0))
        .join(
            ledger_accounts,
            and_(
                cash.account_id == table.account_id,
                cash.kind == "cash",
                or_(cash.id == table.from_id, cash.id == table.to_id),
            ),
        )
        .where(
            table.account_id == account_id, table.phase.in_(("single", "post")), table.execution_id.is_(None)
        )
    )
    found: Decimal = (await connection.execute(query)).scalar_one()
    return found


async def held(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    return await every_row(connection, select(positions).where(positions.c.account_id == account_id))


async def promised(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    """Give what open orders hold, by side and instrument."""
    query = (
        select(orders.c.side, orders.c.instrument_id, func.sum(orders.c.reserved).label("reserved"))
        .where(orders.c.account_id == account_id, text(OPEN))
        .group_by(orders.c.side, orders.c.instrument_id)
    )
    return await every_row(connection, query)


async def counted(connection: AsyncConnection, account_id: UUID) -> Row:
    """Give what the account's row counts, and the count of its open orders."""
    here = orders.c.account_id == accounts.c.id
    still_open = select(func.count()).select_from(orders).where(here, text(OPEN)).scalar_subquery()
    query = select(
        accounts.c.open_orders, accounts.c.execution_sequence, still_open.label("still_open")
    ).where(accounts.c.id == account_id)
    return await one_row(connection, query)


async def books(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    """Give every ledger account with what its entries say it should be."""
    table, entry = ledger_accounts.c, ledger_entries.c
    before = func.lag(entry.balance_after, 1, 0).over(
        partition_by=entry.ledger_account_id, order_by=entry.version
    )
    chained = (
        select(
            entry.ledger_account_id,
            entry.version,
            entry.amount,
            (entry.balance_before == before).label("chained"),
        )
        .where(entry.account_id == account_id)
        .subquery()
    )
    sums = (
        select(
            chained.c.ledger_account_id,
            func.count().label("entries"),
            func.max(chained.c.version).label("last"),
            func.sum(chained.c.amount).label("total"),
            func.bool_and(chained.c.chained).label("chained"),
        )
        .group_by(chained.c.ledger_account_id)
        .subquery()
    )
    query = (
        select(ledger_accounts, sums.c.entries, sums.c.last, sums.c.total, sums.c.chained)
        .outerjoin(sums, sums.c.ledger_account_id == table.id)
        .where(table.account_id == account_id)
        .order_by(table.kind, table.id)
    )
    return await every_row(connection, query)


async def unbalanced(connection: AsyncConnection, account_id: UUID) -> int:
    """Count the transfers whose two entries do not cancel out."""
    entry = ledger_entries.c
    query = (
        select(entry.transfer_id)
        .where(entry.account_id == account_id)
        .group_by(entry.transfer_id)
        .having(or_(func.sum(entry.amount) != 0, func.count() != 2))  # noqa: PLR2004  a giver and a getter
        .subquery()
    )
    row = await one_row(connection, select(func.count().label("found")).select_from(query))
    found: int = row["found"]
    return found
