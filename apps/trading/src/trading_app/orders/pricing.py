"""What an order sets aside before it is placed: Alpaca's estimate of what it may cost."""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, PIECE, cents_up
from trading_app.orders.errors import NotAllowed
from trading_app.tables.enumerations import Side

if TYPE_CHECKING:
    from trading_app.orders.schemas import OrderIn
    from trading_app.rows import Row

# Alpaca takes the price of an order without a limit for 3 % above the market.
COLLAR = Decimal("1.03")
_UP = Context(prec=80, rounding=ROUND_CEILING)


def estimated_price(order: OrderIn, standing: Row) -> Decimal:
    """Estimate what one piece will cost at most, or bring at least.

    Raises:
        NotAllowed: without a limit and without any quote or trade there is nothing to go by.
    """
    if order.limit_price is not None:
        return order.limit_price
    quoted = standing["ask_price"] if order.side is Side.BUY else standing["bid_price"]
    known = [price for price in (quoted or standing["last_price"], order.stop_price) if price]
    if not known:
        raise NotAllowed(f"asset {order.symbol} has no price yet: use a limit order", "no_price")
    if order.side is Side.SELL:
        return min(known)
    return EXACT.multiply(max(known), COLLAR)


def cash_needed(order: OrderIn, price: Decimal) -> Decimal:
    if order.notional is not None:
        return order.notional
    return cents_up(EXACT.multiply(order.qty or Decimal(0), price))


def pieces(order: OrderIn, price: Decimal) -> Decimal:
    """How many an order is for; for one of so much money, as many as that buys at that price, rounded up."""
    if order.qty is not None:
        return order.qty
    return _UP.quantize(_UP.divide(order.notional or Decimal(0), price), PIECE)
