"""What a fill writes, how positions are closed, and what an account's activities say of it.

Which orders fill, when and at which price: test_fill_rules.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from brokerage import MONDAY
from trading_floor import Floor

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

LATER = MONDAY + timedelta(minutes=1)


@pytest.fixture
def floor(brokerage: Brokerage, client: httpx.AsyncClient) -> Floor:
    return Floor(brokerage, client)


async def shares(floor: Floor, acme: UUID, qty: int) -> None:
    """Let the account hold some, bought at 100."""
    order = await floor.place(f"buy {qty} market", "ACME")
    await floor.match(acme)
    assert await floor.outcome(order) == f"filled {qty} at 100"
    floor.brokerage.market.quote(acme)


async def test_a_resting_order_fills_at_the_better_price_that_comes_and_frees_the_rest(
    floor: Floor, acme: UUID
) -> None:
    order = await floor.place("buy 10 limit 99.00", "ACME")
    await floor.match(acme)
    floor.brokerage.market.quote(acme, "97.90", "98.00", at=LATER)
    await floor.match(acme)

    assert await floor.outcome(order) == "filled 10 at 98"
    assert (await floor.client.get("/v2/account")).json()["buying_power"] == "99020"


async def test_a_fill_says_which_quote_it_met_and_what_it_made_real(
    floor: Floor, client: httpx.AsyncClient, acme: UUID
) -> None:
    await shares(floor, acme, 30)
    floor.brokerage.market.quote(acme, "110.00", "110.10", size=77, at=LATER)
    order = await floor.place("sell 10 market", "ACME")
    await floor.match(acme)
    (row,) = floor.brokerage.market.rows("SELECT * FROM trading.executions WHERE order_id = %s", order)
    position = (await client.get("/v2/positions/ACME")).json()

    assert (row["bid_price"], row["bid_size"], row["ask_price"], row["quoted_at"]) == (
        110,
        77,
        row["ask_price"],
        LATER,
    )
    assert (row["realized_profit"], row["cum_qty"], row["leaves_qty"]) == (100, 10, 0)
    assert (position["qty"], position["cost_basis"], position["avg_entry_price"]) == ("20", "2000", "100")
    assert (position["market_value"], position["unrealized_pl"]) == ("2200", "200")


async def test_a_position_is_closed_in_part_and_in_full(
    floor: Floor, client: httpx.AsyncClient, acme: UUID
) -> None:
    await shares(floor, acme, 30)
    half = (await client.delete("/v2/positions/ACME", params={"percentage": "50"})).json()
    too_many = await client.delete(f"/v2/positions/{acme}", params={"qty": "16"})
    await floor.match(acme)
    rest = (await client.delete(f"/v2/positions/{acme}")).json()
    await floor.match(acme)

    assert (half["qty"], half["side"], half["type"], rest["qty"]) == ("15", "sell", "market", "15")
    assert (too_many.status_code, too_many.json()["available"]) == (403, "15")
    assert (await client.get("/v2/positions")).json() == []
    assert (await client.get("/v2/positions/ACME")).status_code == 404
    assert await floor.sound()


async def test_all_positions_are_closed_with_the_orders_that_hold_them(
    floor: Floor, client: httpx.AsyncClient, acme: UUID
) -> None:
    await shares(floor, acme, 30)
    await floor.place("sell 30 limit 200.00", "ACME", "gtc")
    held = (await client.delete("/v2/positions")).json()
    freed = await client.delete("/v2/positions", params={"cancel_orders": "True"})
    await floor.match(acme)

    assert [(row["symbol"], row["status"]) for row in held] == [("ACME", 403)]
    assert (freed.status_code, [(row["symbol"], row["status"]) for row in freed.json()]) == (
        207,
        [("ACME", 200)],
    )
    assert (await client.get("/v2/positions")).json() == []


async def test_what_trades_in_lots_fills_in_lots_so_that_all_of_it_can_be_sold_again(
    floor: Floor, client: httpx.AsyncClient
) -> None:
    bolt = floor.brokerage.market.instrument("BOLT", fractionable=False, lot_size=5)
    floor.brokerage.market.quote(bolt, size=7)
    order = await floor.place("buy 15 market", "BOLT")
    await floor.match(bolt)
    first = await floor.outcome(order)
    floor.brokerage.market.quote(bolt, size=4, at=LATER)
    never = await floor.place("buy 5 market", "BOLT", "ioc")
    await floor.match(bolt)
    outcomes = [await floor.outcome(order), await floor.outcome(never)]
    closing = await client.delete("/v2/positions/BOLT")

    assert (first, outcomes) == ("5 at 100, rest rests", ["5 at 100, rest rests", "canceled"])
    assert (closing.status_code, closing.json()["qty"]) == (200, "5")
    assert await floor.sound()


async def test_activities_are_fills_and_money_in_one_list(
    acme: UUID, floor: Floor, client: httpx.AsyncClient
) -> None:
    await shares(floor, acme, 30)
    everything = (await client.get("/v2/account/activities")).json()
    fills = (await client.get("/v2/account/activities/FILL")).json()
    first = (await client.get("/v2/account/activities", params={"page_size": 1})).json()
    second = (
        await client.get("/v2/account/activities", params={"page_size": 1, "page_token": first[0]["id"]})
    ).json()

    assert sorted(each["activity_type"] for each in everything) == ["FILL", "JNLC"]
    assert first + second == everything
    assert [(each["qty"], each["price"], each["type"], each["leaves_qty"]) for each in fills] == [
        ("30", "100", "fill", "0")
    ]
    assert fills[0]["id"].startswith("20260105150000")
    assert (await client.get("/v2/account/activities", params={"page_token": "x"})).status_code == 422
    assert (await client.get("/v2/account/activities", params={"date": "2026-01-05"})).json() == everything
