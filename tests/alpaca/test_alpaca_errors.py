"""What Alpaca's client reads when something is refused: status, code, message and Alpaca's further members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alpaca_sdk import (
    APIError,
    LimitOrderRequest,
    Order,
    OrderSide,
    OrderStatus,
    ReplaceOrderRequest,
    TradingClient,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from alpaca_desk import Desk

NOBODY = "019a0000-0000-7000-8000-000000000000"
ORDER = {"side": "buy", "type": "limit", "time_in_force": "day", "qty": "10", "limit_price": "99"}

# What is changed in ORDER, and the answer.
REFUSED_ORDERS: list[tuple[dict[str, Any], int, int, str, dict[str, str]]] = [
    (
        {"qty": "2000"},
        403,
        40310000,
        "insufficient buying power",
        {"buying_power": "100000", "cost_basis": "198000"},
    ),
    ({"side": "sell"}, 403, 40310000, "account is not allowed to short", {}),
    ({"symbol": "NOSUCH"}, 422, 42210000, 'asset "NOSUCH" not found', {}),
    ({"qty": "0"}, 422, 42210000, "qty must be > 0", {}),
    ({"qty": "-1"}, 422, 42210000, "qty must be > 0", {}),
    ({"qty": None}, 422, 42210000, "qty or notional is required", {}),
    ({"notional": "100"}, 422, 42210000, "only one of qty or notional is accepted", {}),
    (
        {"qty": "0.5", "time_in_force": "gtc"},
        422,
        42210000,
        "fractional orders must be DAY orders",
        {},
    ),
    ({"limit_price": None}, 422, 42210000, "limit orders require limit_price", {}),
    ({"type": "stop", "limit_price": None}, 422, 42210000, "stop orders require stop_price", {}),
    ({"type": "market"}, 422, 42210000, "market orders must not have limit_price", {}),
    (
        {"limit_price": "99.001"},
        422,
        42210000,
        "invalid limit_price 99.001. sub-penny increment does not fulfill minimum pricing criteria",
        {},
    ),
    (
        {"extended_hours": True, "type": "market", "limit_price": None},
        422,
        42210000,
        "extended hours order must be DAY limit orders",
        {},
    ),
    ({"client_order_id": "x" * 129}, 422, 42210000, "client_order_id", {}),
    ({"side": "hold"}, 422, 42210000, "side", {}),
    ({"time_in_force": "never"}, 422, 42210000, "time_in_force", {}),
    ({"qty": "NaN"}, 422, 42210000, "qty", {}),
]


@pytest.mark.parametrize(
    ("change", "status", "code", "message", "members"),
    REFUSED_ORDERS,
    ids=[" ".join(f"{name} {str(value)[:12]}" for name, value in row[0].items()) for row in REFUSED_ORDERS],
)
def test_an_order_that_is_refused_says_why(
    desk: Desk, change: dict[str, Any], status: int, code: int, message: str, members: dict[str, str]
) -> None:
    with pytest.raises(APIError) as refused:
        desk.client.post("/orders", {"symbol": desk.symbol} | ORDER | change)
    body = refused.value.response.json()

    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert message in refused.value.message
    assert {name: body[name] for name in members} == members
    assert desk.client.get("/orders", {"status": "all"}) == []


def test_shares_that_are_promised_are_not_sold_twice(desk: Desk) -> None:
    desk.buy(10)
    desk.submit(desk.limit(120, OrderSide.SELL, qty=7))
    with pytest.raises(APIError) as refused:
        desk.submit(desk.limit(120, OrderSide.SELL, qty=5))
    body = refused.value.response.json()

    assert (refused.value.status_code, refused.value.code) == (403, 40310000)
    assert refused.value.message == "insufficient qty available for order (requested: 5, available: 3)"
    assert {name: body[name] for name in ("symbol", "existing_qty", "held_for_orders", "available")} == {
        "symbol": desk.symbol,
        "existing_qty": "10",
        "held_for_orders": "7",
        "available": "3",
    }


def test_a_name_that_is_taken_conflicts_and_the_same_order_is_answered_again(desk: Desk) -> None:
    order = desk.submit(desk.limit(90, client_order_id="once"))
    again = desk.submit(desk.limit(90, client_order_id="once"))
    with pytest.raises(APIError) as refused:
        desk.submit(desk.limit(91, client_order_id="once"))

    assert again == order
    assert (refused.value.status_code, refused.value.code) == (409, 40910000)
    assert refused.value.message.startswith("client_order_id must be unique")


MISSING: dict[str, Callable[[Desk], Any]] = {
    "order not found": lambda desk: desk.client.get_order_by_id(NOBODY),
    "order not found ": lambda desk: desk.client.get_order_by_client_id("nobody's"),
    "order not found  ": lambda desk: desk.client.cancel_order_by_id(NOBODY),
    "order not found   ": lambda desk: desk.client.replace_order_by_id(NOBODY, ReplaceOrderRequest(qty=1)),
    "position does not exist": lambda desk: desk.client.get_open_position(desk.symbol),
    "position does not exist ": lambda desk: desk.client.close_position(desk.symbol),
    "asset not found for NOSUCH": lambda desk: desk.client.get_asset("NOSUCH"),
}


@pytest.mark.parametrize("message", MISSING)
def test_what_is_not_there_is_404(desk: Desk, message: str) -> None:
    with pytest.raises(APIError) as refused:
        MISSING[message](desk)

    assert (refused.value.status_code, refused.value.code, refused.value.message) == (
        404,
        40410000,
        message.strip(),
    )


CHANGES: tuple[Callable[[Desk, Order], Any], ...] = (
    lambda desk, order: desk.client.cancel_order_by_id(order.id),
    lambda desk, order: desk.client.replace_order_by_id(order.id, ReplaceOrderRequest(qty=2)),
)


def test_an_order_that_is_over_can_be_neither_canceled_nor_replaced(desk: Desk) -> None:
    filled, canceled = desk.buy(1), desk.submit(desk.limit(90))
    desk.client.cancel_order_by_id(canceled.id)
    for order, state in ((filled, "filled"), (canceled, "canceled")):
        for change in CHANGES:
            with pytest.raises(APIError) as refused:
                change(desk, order)
            assert (refused.value.status_code, refused.value.code, refused.value.message) == (
                422,
                42210000,
                f'order is already in "{state}" state',
            )


def test_an_order_that_waits_for_the_market_to_open_cannot_be_replaced(desk: Desk) -> None:
    desk.now = desk.now.replace(hour=23)
    desk.quote()
    order = desk.submit(desk.limit(90))
    with pytest.raises(APIError) as refused:
        desk.client.replace_order_by_id(order.id, ReplaceOrderRequest(qty=2))

    assert order.status is OrderStatus.ACCEPTED
    assert (refused.value.status_code, refused.value.code, refused.value.message) == (
        422,
        42210000,
        "cannot replace order in accepted status",
    )


def test_a_token_that_is_none_is_401(desk: Desk) -> None:
    nobody: Any = TradingClient(oauth_token="nobody's", url_override=desk.trading_url)
    with pytest.raises(APIError) as refused:
        nobody.get_account()

    assert (refused.value.status_code, refused.value.code) == (401, 40110000)


def test_what_comes_later_says_so(desk: Desk) -> None:
    with pytest.raises(APIError) as refused:
        desk.client.get_portfolio_history()
    assert (refused.value.status_code, refused.value.code, refused.value.message) == (
        422,
        42210000,
        "portfolio history is not supported",
    )


def test_statuses_without_a_body_have_none(desk: Desk) -> None:
    order = desk.submit(
        LimitOrderRequest(symbol=desk.symbol, qty=1, side="buy", time_in_force="day", limit_price=90)
    )
    canceled = desk.http.delete(f"/orders/{order.id}")
    everything = (desk.http.delete("/orders"), desk.http.delete("/positions"))

    assert (canceled.status_code, canceled.content) == (204, b"")
    assert [(answer.status_code, answer.json()) for answer in everything] == [(207, []), (207, [])]
