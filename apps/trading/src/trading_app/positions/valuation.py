"""What an account is worth now, and what it was worth at the last close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, ZERO, cents
from trading_app.positions import queries
from trading_app.rows import Row

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from servicekit.database import Connection


@dataclass(frozen=True)
class Valuation:
    """What an account is worth; `last_` is as of the session that ended last, if one is known."""

    cash: Decimal
    available_cash: Decimal
    market_value: Decimal
    equity: Decimal
    last_market_value: Decimal
    last_equity: Decimal
    last_session: date | None


def current_price(row: Row) -> Decimal | None:
    """The last trade; where there was none, what somebody would pay, or ask."""
    price: Decimal | None = row["last_price"] or row["bid_price"] or row["ask_price"]
    return price


def market_value(row: Row) -> Decimal:
    """Without any price, a holding is worth what it cost."""
    price = current_price(row)
    cost: Decimal = row["cost_basis"]
    return cost if price is None else cents(EXACT.multiply(row["qty"], price))


def price_at_close(row: Row, session: date) -> Decimal | None:
    closed: Decimal | None = row["previous_close"] if row["previous_close_on"] == session else None
    return current_price(row) if closed is None else closed


async def valuation(connection: Connection, account_id: UUID, *, at: datetime) -> Valuation:
    close = await queries.last_close(connection, at)
    since = at if close is None else close["closes_at"]
    session = at.date() if close is None else close["session_date"]
    cash = await queries.cash(connection, account_id, since)
    held = await queries.touched_since(connection, account_id, since)
    now = sum((market_value(row) for row in held if row["qty"]), ZERO)
    before = sum((_at_close(row, session) for row in held), ZERO)
    return Valuation(
        cash=cash["balance"],
        available_cash=cash["balance"] - cash["reserved"],
        market_value=now,
        equity=cash["balance"] + now,
        last_market_value=before,
        last_equity=cash["before"] + before,
        last_session=None if close is None else session,
    )


def _at_close(row: Row, session: date) -> Decimal:
    price = price_at_close(row, session)
    qty = EXACT.subtract(row["qty"], row["bought_since"])
    cost: Decimal = row["cost_basis"]
    return cost if price is None else cents(EXACT.multiply(qty, price))
