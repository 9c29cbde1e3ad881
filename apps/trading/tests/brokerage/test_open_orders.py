"""An account with ten thousand open orders, which is as many as one may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crowded_account import copy_the_only_order
from placed_orders import LIMIT, buying_power, placed
from refusals import refused
from trading_floor import Floor

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

MOST = 10_000
SMALL = LIMIT | {"qty": "1", "limit_price": "1"}


@pytest.fixture
async def crowded(brokerage: Brokerage, client: httpx.AsyncClient, acme: UUID) -> httpx.AsyncClient:
    """A client whose account has as many open orders as it may have, of a dollar each."""
    assert acme
    await placed(client, **SMALL)
    copy_the_only_order(brokerage.market, client.headers["X-Account-Id"], MOST - 1)
    return client


async def test_ten_thousand_open_orders_are_read_page_by_page_and_are_as_many_as_there_may_be(
    brokerage: Brokerage, crowded: httpx.AsyncClient
) -> None:
    pages: list[list[dict[str, Any]]] = []
    cursor: dict[str, str] = {}
    while page := (await crowded.get("/v2/orders", params={"limit": "500"} | cursor)).json():
        pages.append(page)
        cursor = {"before_order_id": page[-1]["id"]}
    unbounded = (await crowded.get("/v2/orders")).json()
    account = (await crowded.get("/v2/account")).json()
    more = await refused(brokerage, crowded.post("/v2/orders", json=SMALL), 403)
    replaced = await crowded.patch(f"/v2/orders/{unbounded[0]['id']}", json={"qty": "2"})
    canceled = await crowded.delete(f"/v2/orders/{replaced.json()['id']}")
    place = await crowded.post("/v2/orders", json=SMALL)
    again = await crowded.post("/v2/orders", json=SMALL)

    assert [len(page) for page in pages] == [500] * 20
    assert len({order["id"] for page in pages for order in page}) == MOST
    assert unbounded == pages[0][:50]
    assert (account["cash"], account["buying_power"]) == ("100000", "90000")
    assert (more["reason"], more["message"]) == ("too_many_orders", "account has 10000 open orders already")
    assert (replaced.status_code, canceled.status_code, place.status_code) == (200, 204, 200)
    assert (again.status_code, again.json()["reason"]) == (403, "too_many_orders")
    assert await buying_power(crowded) == "90000"


async def test_ten_thousand_open_orders_do_not_keep_an_account_from_trading_canceling_and_closing(
    brokerage: Brokerage, crowded: httpx.AsyncClient, acme: UUID
) -> None:
    floor = Floor(brokerage, crowded)
    (first, *_) = (await crowded.get("/v2/orders")).json()
    await crowded.delete(f"/v2/orders/{first['id']}")
    bought = await floor.place("buy 3 market", "ACME")
    await floor.match(acme)
    brokerage.market.quote(acme)
    open_still = await crowded.post("/v2/account/close")
    canceled = await crowded.delete("/v2/orders")
    sold = (await crowded.delete("/v2/positions")).json()
    await floor.match(acme)
    power, sound = await buying_power(crowded), await floor.sound()
    closed = await crowded.post("/v2/account/close")

    assert await floor.outcome(bought) == "filled 3 at 100"
    assert open_still.status_code == 409
    assert open_still.json()["message"] == "The account has open orders: cancel them first."
    assert canceled.status_code == 207
    assert [each["status"] for each in canceled.json()] == [200] * (MOST - 1)
    assert len({each["id"] for each in canceled.json()}) == MOST - 1
    assert [(each["symbol"], each["status"]) for each in sold] == [("ACME", 200)]
    assert (power, sound) == ("99999.7", True)
    assert (closed.status_code, closed.json()["status"]) == (200, "ACCOUNT_CLOSED")
