from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, PIECE
from trading_app.orders.schemas import OrderIn
from trading_app.positions import queries
from trading_app.positions.errors import PositionNotFound, UnsoundShare
from trading_app.positions.presenting import position_out
from trading_app.tables.enumerations import OrderType, Side, TimeInForce

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from servicekit.database import Connection
    from trading_app.positions.schemas import PositionOut

_DOWN = Context(prec=80, rounding=ROUND_FLOOR)
_WHOLE = Decimal(100)


async def listed(connection: Connection, account_id: UUID, *, at: datetime) -> list[PositionOut]:
    since, session = await _last_session(connection, at)
    rows = await queries.open_positions(connection, account_id, since)
    return [position_out(row, session) for row in rows]


async def get(connection: Connection, account_id: UUID, name: str, *, at: datetime) -> PositionOut:
    """Give an open position by its symbol or its asset's id.

    Raises:
        PositionNotFound: nothing of it is held.
    """
    since, session = await _last_session(connection, at)
    row = await queries.open_position(connection, account_id, since, name)
    if row is None:
        raise PositionNotFound
    return position_out(row, session)


async def _last_session(connection: Connection, at: datetime) -> tuple[datetime, date]:
    close = await queries.last_close(connection, at)
    return (at, at.date()) if close is None else (close["closes_at"], close["session_date"])


def closing(held: PositionOut, *, qty: Decimal | None = None, percentage: Decimal | None = None) -> OrderIn:
    """Make the market order that closes a position, or a part of it.

    Raises:
        UnsoundShare: it is not clear how much to close.
    """
    if (qty is not None and percentage is not None) or not _sound(percentage):
        raise UnsoundShare
    wanted = held.qty if qty is None else qty
    if percentage is not None:
        share = EXACT.divide(percentage, _WHOLE)
        wanted = _DOWN.quantize(EXACT.multiply(held.qty, share), PIECE)
    return OrderIn(
        symbol=held.symbol,
        side=Side.SELL,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        qty=wanted,
    )


def _sound(percentage: Decimal | None) -> bool:
    return percentage is None or 0 < percentage <= _WHOLE
