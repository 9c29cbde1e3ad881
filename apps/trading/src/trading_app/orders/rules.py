"""Which orders are valid in themselves: one table, in the order in which Alpaca would complain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import ZERO
from trading_app.orders.errors import Invalid
from trading_app.orders.schemas import OrderClassIn
from trading_app.tables.columns import PRICE, QUANTITY, too_large_for
from trading_app.tables.enumerations import OrderType, PositionIntent, Side, TimeInForce
from trading_app.wire import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from trading_app.orders.schemas import OrderIn

_LIMITED = {OrderType.LIMIT, OrderType.STOP_LIMIT}
_STOPPED = {OrderType.STOP, OrderType.STOP_LIMIT}
_WHOLE_ONLY = {TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}
_AT_AN_AUCTION = {TimeInForce.OPG, TimeInForce.CLS}
_CENTS = 2
_SUB_DOLLAR_DECIMALS = 4
_TOO_MANY, _TOO_DEAR = too_large_for(QUANTITY), too_large_for(PRICE)
INTENTS = {Side.BUY: PositionIntent.BUY_TO_OPEN, Side.SELL: PositionIntent.SELL_TO_CLOSE}


@dataclass(frozen=True)
class Rule:
    """An order that breaks it is refused with these words."""

    reason: str
    broken: Callable[[OrderIn], bool]
    message: str


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def off_tick(price: Decimal | None) -> bool:
    """From 1 up prices have two decimals, below four."""
    return price is not None and _decimals(price) > (_CENTS if price >= 1 else _SUB_DOLLAR_DECIMALS)


def _fractional(order: OrderIn) -> bool:
    return order.notional is not None or (order.qty is not None and order.qty % 1 != 0)


def _too_dear(price: Decimal | None) -> bool:
    return price is not None and price >= _TOO_DEAR


def _not_positive(value: Decimal | None) -> bool:
    return value is not None and value <= ZERO


RULES = (
    Rule(
        "unsupported_order_class",
        lambda order: (
            order.order_class not in {None, OrderClassIn.NONE, OrderClassIn.SIMPLE}
            or (order.take_profit, order.stop_loss, order.legs) != (None, None, None)
        ),
        "order_class {order_class} is not supported: only simple orders are",
    ),
    Rule(
        "unsupported_type",
        lambda order: order.type is OrderType.TRAILING_STOP,
        "trailing_stop orders are not supported",
    ),
    Rule(
        "unsupported_time_in_force",
        lambda order: order.time_in_force in _AT_AN_AUCTION,
        "time_in_force {time_in_force} is not supported",
    ),
    Rule(
        "unexpected_trail",
        lambda order: (order.trail_price, order.trail_percent) != (None, None),
        "only trailing_stop orders accept trail_price or trail_percent",
    ),
    Rule(
        "qty_or_notional_required",
        lambda order: order.qty is None and order.notional is None,
        "qty or notional is required",
    ),
    Rule(
        "qty_and_notional",
        lambda order: order.qty is not None and order.notional is not None,
        "only one of qty or notional is accepted",
    ),
    Rule("qty_not_positive", lambda order: _not_positive(order.qty), "qty must be > 0"),
    Rule(
        "qty_too_large",
        lambda order: order.qty is not None and order.qty >= _TOO_MANY,
        f"qty must be < {_TOO_MANY}",
    ),
    Rule("notional_not_positive", lambda order: _not_positive(order.notional), "notional must be > 0"),
    Rule(
        "notional_decimals",
        lambda order: order.notional is not None and _decimals(order.notional) > _CENTS,
        "notional value must be limited to 2 decimal places",
    ),
    Rule(
        "notional_type",
        lambda order: order.notional is not None and order.type is not OrderType.MARKET,
        "notional orders must be market orders",
    ),
    Rule(
        "fractional_time_in_force",
        lambda order: _fractional(order) and order.time_in_force in _WHOLE_ONLY,
        "fractional orders must be DAY orders",
    ),
    Rule(
        "limit_price_required",
        lambda order: order.type in _LIMITED and order.limit_price is None,
        "{type} orders require limit_price",
    ),
    Rule(
        "unexpected_limit_price",
        lambda order: order.type not in _LIMITED and order.limit_price is not None,
        "{type} orders must not have limit_price",
    ),
    Rule(
        "stop_price_required",
        lambda order: order.type in _STOPPED and order.stop_price is None,
        "{type} orders require stop_price",
    ),
    Rule(
        "unexpected_stop_price",
        lambda order: order.type not in _STOPPED and order.stop_price is not None,
        "{type} orders must not have stop_price",
    ),
    Rule(
        "limit_price_not_positive", lambda order: _not_positive(order.limit_price), "limit_price must be > 0"
    ),
    Rule("stop_price_not_positive", lambda order: _not_positive(order.stop_price), "stop_price must be > 0"),
    Rule(
        "limit_price_too_large",
        lambda order: _too_dear(order.limit_price),
        f"limit_price must be < {_TOO_DEAR}",
    ),
    Rule(
        "stop_price_too_large",
        lambda order: _too_dear(order.stop_price),
        f"stop_price must be < {_TOO_DEAR}",
    ),
    Rule(
        "limit_price_off_tick",
        lambda order: off_tick(order.limit_price),
        "invalid limit_price {limit_price}. sub-penny increment does not fulfill minimum pricing criteria",
    ),
    Rule(
        "stop_price_off_tick",
        lambda order: off_tick(order.stop_price),
        "invalid stop_price {stop_price}. sub-penny increment does not fulfill minimum pricing criteria",
    ),
    Rule(
        "extended_hours",
        lambda order: (
            bool(order.extended_hours)
            and (order.type, order.time_in_force) != (OrderType.LIMIT, TimeInForce.DAY)
        ),
        "extended hours order must be DAY limit orders",
    ),
    Rule(
        "position_intent",
        lambda order: order.position_intent not in {None, INTENTS[order.side]},
        "position intent mismatch, specified: {position_intent}; this account never sells short",
    ),
)


def check(order: OrderIn) -> None:
    """Refuse an order that no account could place.

    Raises:
        Invalid: with the words of the first rule that it breaks.
    """
    for rule in RULES:
        if rule.broken(order):
            raise Invalid(rule.message.format_map(_words(order)), rule.reason)


def _words(order: OrderIn) -> Mapping[str, str]:
    prices = {
        name: plain(value)
        for name, value in (("limit_price", order.limit_price), ("stop_price", order.stop_price))
        if value is not None
    }
    return {
        "type": order.type,
        "time_in_force": order.time_in_force,
        "order_class": order.order_class or "",
        "position_intent": order.position_intent or "",
    } | prices
