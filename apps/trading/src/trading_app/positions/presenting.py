"""A position as Alpaca writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, ZERO, average, cents
from trading_app.positions.schemas import PositionOut
from trading_app.positions.valuation import current_price, market_value, price_at_close

if TYPE_CHECKING:
    from datetime import date

    from trading_app.rows import Row

_RATIO_DECIMALS = 10


def position_out(row: Row, session: date) -> PositionOut:
    price, close, worth = current_price(row), price_at_close(row, session), market_value(row)
    gain = EXACT.subtract(worth, row["cost_basis"])
    today, before = _today(row, close, worth)
    change = None if price is None or close is None else _ratio(EXACT.subtract(price, close), close)
    return PositionOut.model_validate(
        {
            **row,
            "asset_id": row["instrument_id"],
            "asset_marginable": row["marginable"],
            "qty_available": EXACT.subtract(row["qty"], row["promised"]),
            "side": "long" if row["qty"] > ZERO else "short",
            "avg_entry_price": average(row["cost_basis"], row["qty"]),
            "market_value": worth,
            "current_price": price,
            "lastday_price": close,
            "change_today": change,
            "unrealized_pl": gain,
            "unrealized_plpc": _ratio(gain, row["cost_basis"]),
            "unrealized_intraday_pl": today,
            "unrealized_intraday_plpc": _ratio(today, before),
        }
    )


def _today(row: Row, close: Decimal | None, worth: Decimal) -> tuple[Decimal, Decimal]:
    """Say what today brought, and of how much: held overnight it starts at the close, bought today at its cost."""
    overnight = min(max(EXACT.subtract(row["qty"], row["bought_since"]), ZERO), row["qty"])
    if close is None or overnight == ZERO:
        start: Decimal = row["cost_basis"]
    else:
        share = EXACT.divide(EXACT.subtract(row["qty"], overnight), row["qty"])
        fresh = EXACT.multiply(row["cost_basis"], share)
        start = cents(EXACT.add(EXACT.multiply(overnight, close), fresh))
    return EXACT.subtract(worth, start), start


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return ZERO if whole == ZERO else average(part, whole, _RATIO_DECIMALS)
