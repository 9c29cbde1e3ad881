from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select, tuple_

from trading_app.rows import Row, every_row, one_row
from trading_app.tables import executions, instruments, ledger_accounts, ledger_transfers, order_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.activities.schemas import Page


async def fills(connection: AsyncConnection, account_id: UUID, page: Page) -> list[Row]:
    """Give fills, each with what it made of its order then, whatever became of the order since."""
    table, event = executions.c, order_events.c
    query = (
        select(executions, instruments.c.symbol, event.event, event.status.label("order_status"))
        .join(instruments, instruments.c.id == table.instrument_id)
        .join(order_events, and_(event.account_id == table.account_id, event.execution_id == table.id))
        .where(table.account_id == account_id)
    )
    return await every_row(connection, _paged(query, table.executed_at, table.id, page))


async def transfers(
    connection: AsyncConnection, account_id: UUID, reasons: Sequence[str], page: Page
) -> list[Row]:
    """Give the movements of cash that are no fills; what comes in has the sign +."""
    table, cash = ledger_transfers.c, ledger_accounts.c
    query = (
        select(ledger_transfers, cash.id.label("cash_id"))
        .join(
            ledger_accounts,
            and_(
                cash.account_id == table.account_id,
                cash.kind == "cash",
                cash.id.in_((table.from_id, table.to_id)),
            ),
        )
        .where(
            table.account_id == account_id,
            table.phase == "single",
            table.execution_id.is_(None),
            table.reason.in_(reasons),
        )
    )
    return await every_row(connection, _paged(query, table.occurred_at, table.id, page))


async def known(connection: AsyncConnection, account_id: UUID, moment: datetime, key: UUID) -> bool:
    """Say whether an account has an activity of that moment and id."""
    fill, transfer = executions.c, ledger_transfers.c
    fills = exists().where(fill.account_id == account_id, fill.id == key, fill.executed_at == moment)
    moves = exists().where(
        transfer.account_id == account_id, transfer.id == key, transfer.occurred_at == moment
    )
    found = await one_row(connection, select(or_(fills, moves).label("known")))
    return bool(found["known"])


def _paged(
    query: Select[Any], moment: ColumnElement[datetime], key: ColumnElement[UUID], page: Page
) -> Select[Any]:
    if page.after is not None:
        query = query.where(moment > page.after)
    if page.until is not None:
        query = query.where(moment < page.until)
    if page.token is not None:
        here, there = tuple_(moment, key), tuple_(*page.token)
        query = query.where(here < there if page.descending else here > there)
    order = (moment.desc(), key.desc()) if page.descending else (moment, key)
    return query.order_by(*order).limit(page.size)
