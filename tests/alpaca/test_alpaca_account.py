"""Everything else through Alpaca's own client: account, configurations, activities, assets, clock and calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from alpaca_sdk import (
    AccountConfiguration,
    AccountStatus,
    APIError,
    Asset,
    AssetClass,
    AssetExchange,
    AssetStatus,
    Calendar,
    Clock,
    DTBPCheck,
    GetAssetsRequest,
    GetCalendarRequest,
    NonTradeActivity,
    OrderStatus,
    PDTCheck,
    TradeAccount,
    TradeActivity,
    TradeActivityType,
    TradeConfirmationEmail,
)

if TYPE_CHECKING:
    from alpaca_desk import Desk


def test_the_account_follows_what_is_traded(desk: Desk) -> None:
    before = desk.client.get_account()
    desk.buy(10)
    desk.submit(desk.limit(90, qty=100))
    after = desk.client.get_account()

    assert isinstance(before, TradeAccount)
    assert (before.status, before.currency, before.cash, before.buying_power, before.equity) == (
        AccountStatus.ACTIVE,
        "USD",
        "100000",
        "100000",
        "100000",
    )
    assert (after.cash, after.buying_power, after.long_market_value) == ("99000", "90000", "999.5")
    assert (after.equity, after.portfolio_value, after.last_equity) == ("99999.5", "99999.5", "100000")
    assert (after.multiplier, after.shorting_enabled, after.trading_blocked) == ("1", False, False)


def test_configurations_are_read_and_written_back(desk: Desk) -> None:
    configurations = desk.client.get_account_configurations()
    assert isinstance(configurations, AccountConfiguration)
    assert (configurations.suspend_trade, configurations.no_shorting) == (False, True)
    configurations.suspend_trade = True
    configurations.dtbp_check = DTBPCheck.BOTH
    configurations.pdt_check = PDTCheck.EXIT
    configurations.trade_confirm_email = TradeConfirmationEmail.NONE
    changed = desk.client.set_account_configurations(configurations)

    assert changed == configurations == desk.client.get_account_configurations()
    assert desk.client.get_account().trade_suspended_by_user
    with pytest.raises(APIError) as refused:
        desk.submit(desk.limit(99))
    assert (refused.value.status_code, refused.value.code, refused.value.message) == (
        403,
        40310000,
        "new orders are rejected by user request",
    )


def activities(desk: Desk, path: str = "", **filters: str) -> list[dict[str, Any]]:
    """Alpaca's trading client has no method for them: bots ask as this does, and parse with its models."""
    found: list[dict[str, Any]] = desk.client.get(f"/account/activities{path}", filters)
    return found


def test_activities_are_fills_as_they_were_and_movements_of_money(desk: Desk) -> None:
    desk.quote(size=6)
    order = desk.submit(desk.market(qty=10))
    desk.until(order, OrderStatus.PARTIALLY_FILLED)
    desk.quote(ask="99.50", bid="99.40")
    desk.until(order, OrderStatus.FILLED)
    last, first = (TradeActivity(**row) for row in activities(desk, "/FILL"))
    (opening,) = (NonTradeActivity(**row) for row in activities(desk, category="non_trade_activity"))

    assert (first.order_id, first.symbol, first.side, first.price, first.qty) == (
        order.id,
        desk.symbol,
        order.side,
        100,
        6,
    )
    assert (first.type, first.order_status, first.cum_qty, first.leaves_qty) == (
        TradeActivityType.PARTIAL_FILL,
        OrderStatus.PARTIALLY_FILLED,
        6,
        4,
    )
    assert (last.type, last.order_status, last.cum_qty, last.leaves_qty, last.price) == (
        TradeActivityType.FILL,
        OrderStatus.FILLED,
        10,
        0,
        99.5,
    )
    assert (last.transaction_time, first.transaction_time) == (desk.now, desk.now - timedelta(seconds=1))
    assert (opening.activity_type, opening.net_amount, opening.date) == ("JNLC", 100000, desk.now.date())


def test_activities_obey_every_filter_and_go_on_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        desk.quote()
        desk.buy(1)
    everything = [row["id"] for row in activities(desk)]
    day, next_day = str(desk.now.date()), str(desk.now.date() + timedelta(days=1))

    def found(path: str = "", **filters: str) -> list[str]:
        return [row["id"] for row in activities(desk, path, **filters)]

    fills, opening = everything[:3], everything[3:]
    assert found(direction="asc") == everything[::-1]
    assert found(activity_types="FILL,JNLC") == found(activity_types="FILL,MISC") == everything
    assert found(activity_types="FILL") == found(category="trade_activity") == found("/FILL") == fills
    assert found("/JNLC") == found(activity_types="MISC") == opening
    assert found("/TRANS") == found(activity_types="DIV,SPLIT") == []
    assert found(date=day) == found(date=f"{day}T00:00:00Z") == found(after=day) == everything
    assert found(until=day) == found(after=next_day) == []
    assert found(page_size="2") == everything[:2]
    assert found(page_size="2", page_token=everything[1]) == everything[2:]
    for wrong in ({"activity_types": "FILLS"}, {"activity_types": "FILL", "category": "trade_activity"}):
        with pytest.raises(APIError) as refused:
            found(**wrong)
        assert (refused.value.status_code, refused.value.code) == (422, 42210000)


def test_assets_obey_every_filter(desk: Desk) -> None:
    asset = desk.client.get_asset("AAPL")
    everything = desk.client.get_all_assets()

    def symbols(**filters: Any) -> set[str]:  # noqa: ANN401  any filter
        return {each.symbol for each in desk.client.get_all_assets(GetAssetsRequest(**filters))}

    assert isinstance(asset, Asset)
    assert (asset.symbol, asset.exchange, asset.name, asset.fractionable, asset.tradable) == (
        "AAPL",
        AssetExchange.NASDAQ,
        "Apple Inc.",
        True,
        True,
    )
    assert desk.client.get_asset(asset.id) == asset
    assert asset in everything
    assert len(everything) > 5000
    assert symbols(status=AssetStatus.ACTIVE) == symbols(asset_class=AssetClass.US_EQUITY)
    assert symbols(status=AssetStatus.INACTIVE) == symbols(asset_class=AssetClass.CRYPTO) == set()
    assert {"AAPL", "KO"} & symbols(exchange=AssetExchange.NYSE) == {"KO"}
    assert symbols(attributes="ptp_no_exception,has_options") == set()


def test_the_clock_says_when_the_market_opens_and_closes(desk: Desk) -> None:
    clock = desk.client.get_clock()

    assert isinstance(clock, Clock)
    assert (clock.is_open, clock.timestamp) == (True, desk.now)
    assert clock.next_close - desk.now < timedelta(hours=6)
    assert clock.next_open > clock.next_close


def test_the_calendar_knows_half_days_and_holidays(desk: Desk) -> None:
    thanksgiving = date(2026, 11, 26)
    days = desk.client.get_calendar(
        GetCalendarRequest(start=thanksgiving - timedelta(days=1), end=thanksgiving + timedelta(days=1))
    )

    assert all(isinstance(day, Calendar) for day in days)
    assert [(day.date.day, day.open.hour, day.close.hour) for day in days] == [(25, 9, 16), (27, 9, 13)]
    year = desk.client.get_calendar(GetCalendarRequest(start=date(2026, 1, 1), end=date(2026, 12, 31)))
    later = desk.client.get_calendar(GetCalendarRequest(start=date(2026, 12, 31)))
    earlier = desk.client.get_calendar(GetCalendarRequest(end=date(2026, 1, 2)))
    assert (len(year), later[0], earlier[-1]) == (251, year[-1], year[0])
    assert {day.date for day in year} < {day.date for day in desk.client.get_calendar()}
