"""What the venue does with an order and a quote: the decision, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from enum import Enum, auto
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, PIECE, ZERO
from trading_app.tables.enumerations import OrderType, Side, TimeInForce

if TYPE_CHECKING:
    from trading_app.rows import Row

_DOWN = Context(prec=80, rounding=ROUND_FLOOR)
_ONE = Decimal(1)
_NOW_OR_NEVER = {TimeInForce.IOC, TimeInForce.FOK}
_STOPS = {OrderType.STOP, OrderType.STOP_LIMIT}


class Action(Enum):
    FILL = auto()
    WAIT = auto()
    CANCEL = auto()


@dataclass(frozen=True)
class Decision:
    """What to do, and for a fill how many at which price.

    Args:
        full: whether the order asks for nothing more after the fill.
    """

    action: Action
    qty: Decimal = ZERO
    price: Decimal = ZERO
    full: bool = False


WAIT = Decision(Action.WAIT)
CANCEL = Decision(Action.CANCEL)


def in_steps(qty: Decimal, quote: Row) -> Decimal:
    """Round down to the step that the quote's instrument trades in: a billionth, or a lot where it has no fractions."""
    step = PIECE if quote["fractionable"] else quote["lot_size"]
    return EXACT.multiply(_DOWN.quantize(_DOWN.divide(qty, step), _ONE), step)


def triggers(order: Row, last_price: Decimal | None) -> bool:
    """Whether a stop wakes: when its price, or a worse one, is traded."""
    if order["type"] not in _STOPS or order["triggered_at"] is not None or last_price is None:
        return False
    stop: Decimal = order["stop_price"]
    return last_price >= stop if order["side"] == Side.BUY else last_price <= stop


def may_trade(order: Row, quote: Row) -> bool:
    """Whether a quote leaves an open order anything but rest."""
    if order["time_in_force"] in _NOW_OR_NEVER:
        return True
    if _asleep(order):
        return triggers(order, quote["last_price"])
    quoted = quote["ask_price"] if order["side"] == Side.BUY else quote["bid_price"]
    return quoted is not None and within_limit(order, quoted)


def decide(order: Row, quoted: Decimal | None, displayed: Decimal, price: Decimal | None) -> Decision:
    """Decide about an order whose market is open.

    Args:
        order: an open one.
        quoted: the best price on the other side; None if nobody is there.
        displayed: how many are left at that price.
        price: what a fill would cost, slippage included.
    """
    immediate = order["time_in_force"] in _NOW_OR_NEVER
    nothing = CANCEL if immediate else WAIT
    if (
        _asleep(order)
        or quoted is None
        or price is None
        or displayed <= ZERO
        or not within_limit(order, quoted)
    ):
        return nothing
    price = _bounded(order, price)
    wanted = left(order, price)
    if order["time_in_force"] == TimeInForce.FOK and wanted > displayed:
        return CANCEL
    qty = min(wanted, displayed)
    if qty <= ZERO:
        return CANCEL
    return Decision(Action.FILL, qty, price, full=qty == wanted)


def within_limit(order: Row, quoted: Decimal) -> bool:
    limit: Decimal | None = order["limit_price"]
    if limit is None:
        return True
    return quoted <= limit if order["side"] == Side.BUY else quoted >= limit


def left(order: Row, price: Decimal) -> Decimal:
    """How many an order still asks for; for one of so much money, as many as the rest of it buys."""
    if order["qty"] is not None:
        return EXACT.subtract(order["qty"], order["filled_qty"])
    money = EXACT.subtract(order["notional"], order["filled_value"])
    return _DOWN.quantize(_DOWN.divide(money, price), PIECE)


def _asleep(order: Row) -> bool:
    return order["type"] in _STOPS and order["triggered_at"] is None


def _bounded(order: Row, price: Decimal) -> Decimal:
    """Slippage never makes a fill worse than the limit."""
    limit: Decimal | None = order["limit_price"]
    if limit is None:
        return price
    return min(price, limit) if order["side"] == Side.BUY else max(price, limit)
