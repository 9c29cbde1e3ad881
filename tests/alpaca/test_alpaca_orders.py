"""Orders through Alpaca's own client: every type and time in force, every filter, every change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from alpaca_sdk import (
    APIError,
    CancelOrderResponse,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    Order,
    OrderClass,
    OrderSide,
    OrderStatus,
    OrderType,
    PositionIntent,
    QueryOrderStatus,
    ReplaceOrderRequest,
    Sort,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TimeInForce,
    TrailingStopOrderRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from alpaca_desk import Desk

LIVING = (TimeInForce.DAY, TimeInForce.GTC)
AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)
SUPPORTED = (*LIVING, *AT_ONCE)
# 99.90 bid, 100.00 asked, last trade at 99.95: prices that a purchase or a sale reaches, and prices it does not.
REACHED = {
    OrderSide.BUY: {"limit_price": 100.5, "stop_price": 99.95},
    OrderSide.SELL: {"limit_price": 99.5, "stop_price": 99.95},
}
FAR = {
    OrderSide.BUY: {"limit_price": 90.25, "stop_price": 120.01},
    OrderSide.SELL: {"limit_price": 120.25, "stop_price": 80.01},
}
REQUESTS: dict[OrderType, tuple[type[Any], tuple[str, ...]]] = {
    OrderType.MARKET: (MarketOrderRequest, ()),
    OrderType.LIMIT: (LimitOrderRequest, ("limit_price",)),
    OrderType.STOP: (StopOrderRequest, ("stop_price",)),
    OrderType.STOP_LIMIT: (StopLimitOrderRequest, ("stop_price", "limit_price")),
}


def request(desk: Desk, kind: OrderType, side: OrderSide, time_in_force: TimeInForce, *, far: bool) -> Any:  # noqa: ANN401  any of Alpaca's requests
    make, prices = REQUESTS[kind]
    given = (FAR if far else REACHED)[side]
    values = {name: given[name] for name in prices}
    return make(symbol=desk.symbol, qty=10, side=side, time_in_force=time_in_force, **values)


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("side", OrderSide)
def test_every_type_and_time_in_force_fills_when_the_market_is_there(
    desk: Desk, side: OrderSide, kind: OrderType
) -> None:
    desk.buy(40)
    desk.quote()
    for time_in_force in SUPPORTED:
        wanted = request(desk, kind, side, time_in_force, far=False)
        placed = desk.submit(wanted)
        filled = desk.until(placed, OrderStatus.FILLED)

        assert (placed.type, placed.order_type, placed.side, placed.time_in_force) == (
            kind,
            kind,
            side,
            time_in_force,
        )
        assert (placed.limit_price, placed.stop_price) == (
            text(getattr(wanted, "limit_price", None)),
            text(getattr(wanted, "stop_price", None)),
        )
        assert (filled.filled_qty, filled.filled_avg_price) == (
            "10",
            "100" if side is OrderSide.BUY else "99.9",
        )
        assert filled.filled_at == desk.now


@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT])
@pytest.mark.parametrize("side", OrderSide)
def test_every_type_and_time_in_force_waits_or_ends_when_the_market_is_elsewhere(
    desk: Desk, side: OrderSide, kind: OrderType
) -> None:
    desk.buy(40)
    for time_in_force in SUPPORTED:
        placed = desk.submit(request(desk, kind, side, time_in_force, far=True))
        if time_in_force in AT_ONCE:
            assert desk.until(placed, OrderStatus.CANCELED).filled_qty == "0"
        else:
            assert (desk.get(placed).status, desk.get(placed).filled_qty) == (OrderStatus.NEW, "0")


def text(price: float | None) -> str | None:
    return None if price is None else f"{price:g}"


def test_orders_with_everything_that_an_order_can_have(desk: Desk) -> None:
    order = desk.submit(
        desk.limit(
            99.5,
            extended_hours=True,
            client_order_id="mine",
            order_class=OrderClass.SIMPLE,
            position_intent=PositionIntent.BUY_TO_OPEN,
        )
    )
    fraction = desk.submit(desk.limit(0.1234, qty=0.123456789))
    money = desk.until(desk.submit(desk.market(notional=250.5)), OrderStatus.FILLED)

    assert (order.client_order_id, order.extended_hours, order.position_intent, order.order_class) == (
        "mine",
        True,
        PositionIntent.BUY_TO_OPEN,
        OrderClass.SIMPLE,
    )
    assert (order.submitted_at, order.created_at, order.legs) == (desk.now, desk.now, None)
    assert (fraction.qty, fraction.limit_price) == ("0.123456789", "0.1234")
    assert (money.notional, money.qty, money.filled_qty) == ("250.5", None, "2.505")


def test_an_order_is_found_by_its_id_and_by_the_clients(desk: Desk) -> None:
    placed = desk.submit(desk.limit(99, client_order_id="wanted: 99 €"))

    assert desk.get(placed) == placed == desk.client.get_order_by_client_id("wanted: 99 €")
    assert desk.client.get_order_by_id(str(placed.id)) == placed


def unsupported(desk: Desk) -> dict[str, Any]:
    """What Alpaca's client can ask for and gets later, each under the words of its refusal."""
    legs: dict[str, Any] = {
        "take_profit": TakeProfitRequest(limit_price=110),
        "stop_loss": StopLossRequest(stop_price=90),
    }
    trail = {"symbol": desk.symbol, "qty": 1, "side": OrderSide.SELL, "time_in_force": TimeInForce.DAY}
    return {
        "order_class bracket is not supported: only simple orders are": desk.limit(
            99, order_class="bracket", **legs
        ),
        "order_class oco is not supported: only simple orders are": desk.limit(99, order_class="oco", **legs),
        "order_class oto is not supported: only simple orders are": desk.limit(99, order_class="oto", **legs),
        "time_in_force opg is not supported": desk.market(qty=1, time_in_force=TimeInForce.OPG),
        "time_in_force cls is not supported": desk.limit(99, time_in_force=TimeInForce.CLS),
        "trailing_stop orders are not supported": TrailingStopOrderRequest(**trail, trail_percent=1),
    }


def test_what_comes_later_is_refused_in_alpacas_way(desk: Desk) -> None:
    for message, wanted in unsupported(desk).items():
        with pytest.raises(APIError) as refused:
            desk.submit(wanted)
        assert (refused.value.status_code, refused.value.code, refused.value.message) == (
            422,
            42210000,
            message,
        )
    assert desk.client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL)) == []


def test_a_list_of_orders_obeys_every_filter(desk: Desk, other: Callable[[], str]) -> None:
    second = other()
    bought = desk.buy(5)
    desk.quote(symbol=second)
    first = desk.submit(desk.limit(90, client_order_id="first"))
    desk.quote()
    sale = desk.submit(desk.limit(120, OrderSide.SELL, qty=5, client_order_id="sale"))
    desk.quote()
    elsewhere = desk.submit(desk.limit(91, symbol=second, client_order_id="elsewhere"))
    desk.client.cancel_order_by_id(first.id)

    def names(**filters: Any) -> list[str]:  # noqa: ANN401  any filter
        found = desk.client.get_orders(GetOrdersRequest(**filters))
        assert all(isinstance(order, Order) for order in found)
        return ["bought" if order.id == bought.id else order.client_order_id for order in found]

    everything = ["elsewhere", "sale", "first", "bought"]
    assert [order.client_order_id for order in desk.client.get_orders()] == ["elsewhere", "sale"]
    assert names(status=QueryOrderStatus.OPEN) == ["elsewhere", "sale"]
    assert names(status=QueryOrderStatus.CLOSED) == ["first", "bought"]
    assert names(status=QueryOrderStatus.ALL) == everything
    assert names(status="all", direction=Sort.ASC) == everything[::-1]
    assert names(status="all", limit=2) == everything[:2]
    assert names(status="all", after=first.submitted_at) == ["elsewhere", "sale"]
    assert names(status="all", until=sale.submitted_at) == ["first", "bought"]
    assert names(status="all", after=first.submitted_at, until=elsewhere.submitted_at) == ["sale"]
    assert names(status="all", side=OrderSide.SELL) == ["sale"]
    assert names(status="all", symbols=[second]) == ["elsewhere"]
    assert names(status="all", symbols=[second, desk.symbol]) == everything
    assert names(status="all", nested=True) == everything
    assert names(status="all", after=desk.now + timedelta(days=1)) == []


def test_what_alpaca_filters_by_beyond_its_client(desk: Desk) -> None:
    orders = []
    for number in range(3):
        orders.append(desk.submit(desk.limit(90 + number)))
        desk.quote()
    ids = [str(order.id) for order in reversed(orders)]

    def found(**filters: str) -> list[str]:
        return [order["id"] for order in desk.client.get("/orders", filters)]

    assert found(before_order_id=ids[0]) == ids[1:]
    assert found(after_order_id=ids[2]) == ids[:2]
    assert found(asset_class="us_equity") == found(asset_class="us_equity,crypto") == ids
    assert found(asset_class="all") == ids
    assert found(asset_class="us_option,crypto") == []
    assert found(until=str(desk.now.date() + timedelta(days=1)), after=str(desk.now.date())) == ids


def test_an_order_is_replaced_by_another(desk: Desk) -> None:
    old = desk.submit(desk.limit(90))
    new = desk.client.replace_order_by_id(
        old.id,
        ReplaceOrderRequest(
            qty=5, limit_price=91.5, time_in_force=TimeInForce.GTC, client_order_id="replaced"
        ),
    )
    stop = desk.submit(request(desk, OrderType.STOP_LIMIT, OrderSide.BUY, TimeInForce.DAY, far=True))
    moved = desk.client.replace_order_by_id(str(stop.id), ReplaceOrderRequest(stop_price=121.5))
    was = desk.get(old)

    assert isinstance(new, Order)
    assert (new.replaces, new.qty, new.limit_price, new.time_in_force, new.client_order_id, new.status) == (
        old.id,
        "5",
        "91.5",
        TimeInForce.GTC,
        "replaced",
        OrderStatus.NEW,
    )
    assert (was.status, was.replaced_by, was.replaced_at) == (OrderStatus.REPLACED, new.id, desk.now)
    assert (moved.qty, moved.stop_price, moved.limit_price) == ("10", "121.5", "90.25")
    with pytest.raises(APIError) as refused:
        desk.client.replace_order_by_id(stop.id, ReplaceOrderRequest(trail=1))
    assert refused.value.status_code == 422


def test_an_order_for_so_much_money_cannot_be_replaced(desk: Desk) -> None:
    desk.quote(size=1)
    order = desk.submit(desk.market(notional=250))
    desk.until(order, OrderStatus.PARTIALLY_FILLED)
    with pytest.raises(APIError) as refused:
        desk.client.replace_order_by_id(order.id, ReplaceOrderRequest(time_in_force=TimeInForce.DAY))

    assert (refused.value.status_code, refused.value.message) == (422, "notional orders cannot be replaced")


def test_orders_are_canceled_one_by_one_and_all_at_once(desk: Desk) -> None:
    first, second, third = (desk.submit(desk.limit(price)) for price in (90, 91, 92))
    assert desk.client.cancel_order_by_id(first.id) is None
    canceled = desk.client.cancel_orders()

    assert all(isinstance(each, CancelOrderResponse) for each in canceled)
    assert {(each.id, each.status, each.body) for each in canceled} == {
        (second.id, 200, None),
        (third.id, 200, None),
    }
    assert [desk.get(order).canceled_at for order in (first, second, third)] == [desk.now] * 3
    assert desk.client.cancel_orders() == desk.client.get_orders() == []
    assert desk.client.get_account().buying_power == "100000"
