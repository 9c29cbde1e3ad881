from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    DateTime,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from servicekit.statements import prepared
from trading_app.rows import Row, row, rows
from trading_app.tables import (
    accounts,
    executions,
    instruments,
    ledger_accounts,
    ledger_entries,
    ledger_transfers,
    positions,
    quotes,
    trading_sessions,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select

    from servicekit.database import Connection

_MOST: ColumnElement[int] = literal_column("10000")
_ONE: ColumnElement[int] = literal_column("1")
_ZERO: ColumnElement[int] = literal_column("0")
_ACCOUNT = bindparam("account_id", type_=Uuid())
_SINCE = bindparam("since", type_=DateTime(timezone=True))
_NAME = bindparam("name", type_=Text())


def _last_close() -> Select[Any]:
    table, at = trading_sessions.c, bindparam("at", type_=DateTime(timezone=True))
    return (
        select(table.session_date, table.closes_at)
        .where(table.mic == literal_column("'XNYS'"), table.closes_at <= at)
        .order_by(table.closes_at.desc())
        .limit(_ONE)
    )


def _cash() -> Select[Any]:
    """What there is, how much of it is promised, and what there was at a moment: a new account had its opening cash."""
    table, entry, transfer = ledger_accounts.c, ledger_entries.c, ledger_transfers.c
    # backwards from the newest entry: as many steps as there was business since
    before = (
        select(entry.balance_after)
        .join(
            ledger_transfers,
            and_(transfer.account_id == entry.account_id, transfer.id == entry.transfer_id),
        )
        .where(
            entry.account_id == table.account_id,
            entry.ledger_account_id == table.id,
            transfer.occurred_at <= _SINCE,
        )
        .order_by(entry.version.desc())
        .limit(_ONE)
        .scalar_subquery()
    )
    return (
        select(
            table.balance,
            table.reserved,
            func.coalesce(before, accounts.c.opening_cash).label("before"),
        )
        .join(accounts, accounts.c.id == table.account_id)
        .where(table.account_id == _ACCOUNT, table.kind == literal_column("'cash'"))
    )


def _held(*conditions: ColumnElement[bool]) -> Select[Any]:
    fill, held = executions.c, positions.c
    signed = case((fill.side == literal_column("'buy'"), fill.qty), else_=-fill.qty)
    bought = (
        select(func.coalesce(func.sum(signed), _ZERO))
        .where(
            fill.account_id == held.account_id,
            fill.instrument_id == held.instrument_id,
            fill.executed_at > _SINCE,
        )
        .scalar_subquery()
    )
    promised = (
        select(ledger_accounts.c.reserved)
        .where(
            ledger_accounts.c.account_id == held.account_id,
            ledger_accounts.c.kind == literal_column("'shares'"),
            ledger_accounts.c.instrument_id == held.instrument_id,
        )
        .scalar_subquery()
    )
    return (
        select(
            positions,
            instruments.c.symbol,
            instruments.c.exchange,
            instruments.c.asset_class,
            instruments.c.marginable,
            quotes.c.last_price,
            quotes.c.bid_price,
            quotes.c.ask_price,
            quotes.c.previous_close,
            quotes.c.previous_close_on,
            bought.label("bought_since"),
            func.coalesce(promised, _ZERO).label("promised"),
        )
        .join(instruments, instruments.c.id == held.instrument_id)
        .outerjoin(quotes, quotes.c.instrument_id == held.instrument_id)
        .where(held.account_id == _ACCOUNT, *conditions)
        .order_by(instruments.c.symbol)
        .limit(_MOST)
    )


_OPEN: ColumnElement[bool] = literal_column("positions.qty <> 0")
_LAST_CLOSE = prepared(_last_close())
_CASH = prepared(_cash())
_TOUCHED = prepared(_held(or_(_OPEN, positions.c.closed_at > _SINCE)))
_HELD = prepared(_held(_OPEN))
_NAMED = prepared(
    _held(_OPEN, or_(instruments.c.symbol == _NAME, cast(instruments.c.id, Text) == func.lower(_NAME)))
)


async def last_close(connection: Connection, at: datetime) -> Row | None:
    """Give the last session that had ended by then."""
    return await row(connection, _LAST_CLOSE, at=at)


async def cash(connection: Connection, account_id: UUID, since: datetime) -> Row:
    """Give the cash, how much of it is promised, and what there was at a moment."""
    (found,) = await rows(connection, _CASH, account_id=account_id, since=since)
    return found


async def touched_since(connection: Connection, account_id: UUID, since: datetime) -> list[Row]:
    """Give what is held, and what was held at that moment."""
    return await rows(connection, _TOUCHED, account_id=account_id, since=since)


async def open_positions(connection: Connection, account_id: UUID, since: datetime) -> list[Row]:
    return await rows(connection, _HELD, account_id=account_id, since=since)


async def open_position(connection: Connection, account_id: UUID, since: datetime, name: str) -> Row | None:
    """Give what is held of a symbol, or of an asset's id."""
    return await row(connection, _NAMED, account_id=account_id, since=since, name=name)
