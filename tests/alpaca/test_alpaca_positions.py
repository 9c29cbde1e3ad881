"""Positions through Alpaca's own client: read, and closed in every way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alpaca_sdk import (
    APIError,
    AssetClass,
    ClosePositionRequest,
    ClosePositionResponse,
    Order,
    OrderSide,
    OrderStatus,
    OrderType,
    Position,
    PositionIntent,
    PositionSide,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from alpaca_desk import Desk


def test_a_position_says_what_is_held_and_what_it_is_worth(desk: Desk) -> None:
    desk.buy(10)
    sale = desk.submit(desk.limit(200, OrderSide.SELL, qty=4))
    desk.quote("110", "110.10", last="110")
    (position,) = desk.client.get_all_positions()

    assert isinstance(position, Position)
    assert position == desk.client.get_open_position(desk.symbol)
    assert position == desk.client.get_open_position(position.asset_id)
    assert (position.asset_id, position.symbol, position.asset_class, position.side) == (
        sale.asset_id,
        desk.symbol,
        AssetClass.US_EQUITY,
        PositionSide.LONG,
    )
    assert (position.qty, position.qty_available, position.avg_entry_price, position.cost_basis) == (
        "10",
        "6",
        "100",
        "1000",
    )
    assert (position.market_value, position.current_price) == ("1100", "110")
    assert (position.unrealized_pl, position.unrealized_plpc) == ("100", "0.1")
    assert (position.unrealized_intraday_pl, position.unrealized_intraday_plpc) == ("100", "0.1")


def closes(desk: Desk, wanted: ClosePositionRequest | None = None) -> str:
    """Close a position, and say how much of it."""
    order = desk.client.close_position(desk.symbol, wanted)
    assert isinstance(order, Order)
    assert (order.side, order.type, order.position_intent) == (
        OrderSide.SELL,
        OrderType.MARKET,
        PositionIntent.SELL_TO_CLOSE,
    )
    filled = desk.until(order, OrderStatus.FILLED)
    assert filled.filled_qty == filled.qty
    return str(filled.qty)


def test_a_position_is_closed_by_number_by_share_and_whole(desk: Desk) -> None:
    desk.buy(10)

    assert closes(desk, ClosePositionRequest(qty="1.5")) == "1.5"
    assert closes(desk, ClosePositionRequest(percentage="40")) == "3.4"
    assert closes(desk) == "5.1"
    assert desk.client.get_all_positions() == []
    with pytest.raises(APIError) as gone:
        desk.client.get_open_position(desk.symbol)
    assert (gone.value.status_code, gone.value.code, gone.value.message) == (
        404,
        40410000,
        "position does not exist",
    )
    assert desk.client.get_account().cash == "99999"


def test_all_positions_are_closed_except_what_orders_hold(desk: Desk, other: Callable[[], str]) -> None:
    second = other()
    desk.quote(symbol=second)
    desk.buy(10)
    desk.buy(5, second)
    holding = desk.submit(desk.limit(200, OrderSide.SELL, qty=10))
    closed = {each.symbol: each for each in desk.client.close_all_positions()}
    desk.until(closed[second].body, OrderStatus.FILLED)
    refused = closed[desk.symbol]

    assert all(isinstance(each, ClosePositionResponse) for each in closed.values())
    assert (closed[second].status, closed[second].order_id) == (200, closed[second].body.id)
    assert (refused.status, refused.order_id, refused.body.code) == (403, None, 40310000)
    assert (refused.body.symbol, refused.body.existing_qty, refused.body.held_for_orders) == (
        desk.symbol,
        10,
        10,
    )
    assert (refused.body.available, desk.get(holding).status) == (0, OrderStatus.NEW)
    assert [each.symbol for each in desk.client.get_all_positions()] == [desk.symbol]


def test_all_positions_are_closed_with_the_orders_that_hold_them(desk: Desk) -> None:
    desk.buy(10)
    holding = desk.submit(desk.limit(200, OrderSide.SELL, qty=10))
    (closed,) = desk.client.close_all_positions(cancel_orders=True)
    desk.until(closed.body, OrderStatus.FILLED)

    assert (closed.status, closed.symbol, desk.get(holding).status) == (
        200,
        desk.symbol,
        OrderStatus.CANCELED,
    )
    assert desk.client.get_all_positions() == desk.client.close_all_positions() == []
