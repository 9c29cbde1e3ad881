from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from placed_orders import LIMIT, buying_power, placed

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("acme")]


async def test_a_canceled_order_gives_its_money_back_and_stays_canceled(client: httpx.AsyncClient) -> None:
    order = await placed(client)
    first = await client.delete(f"/v2/orders/{order['id']}")
    second = await client.delete(f"/v2/orders/{order['id']}")
    after = (await client.get(f"/v2/orders/{order['id']}")).json()

    assert (first.status_code, first.content) == (204, b"")
    assert (second.status_code, second.json()["message"]) == (422, 'order is already in "canceled" state')
    assert (after["status"], after["canceled_at"]) == ("canceled", "2026-01-05T15:00:00Z")
    assert await buying_power(client) == "100000"


async def test_two_who_cancel_at_once_cancel_once(client: httpx.AsyncClient) -> None:
    order = await placed(client)
    answers = await asyncio.gather(*(client.delete(f"/v2/orders/{order['id']}") for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422, 422]
    assert await buying_power(client) == "100000"


async def test_all_open_orders_are_canceled_each_with_its_own_answer(client: httpx.AsyncClient) -> None:
    orders = [await placed(client) for _ in range(3)]
    answer = await client.delete("/v2/orders")

    assert answer.status_code == 207
    assert {row["id"]: row["status"] for row in answer.json()} == {order["id"]: 200 for order in orders}
    assert (await client.get("/v2/orders")).json() == []
    assert await buying_power(client) == "100000"


async def test_a_replaced_order_hands_over_to_a_new_one(client: httpx.AsyncClient) -> None:
    old = await placed(client)
    new = (await client.patch(f"/v2/orders/{old['id']}", json={"qty": "5", "limit_price": "98"})).json()
    after = (await client.get(f"/v2/orders/{old['id']}")).json()

    assert (new["replaces"], new["qty"], new["limit_price"], new["status"]) == (old["id"], "5", "98", "new")
    assert (after["status"], after["replaced_by"]) == ("replaced", new["id"])
    assert await buying_power(client) == "99510"
    assert (await client.patch(f"/v2/orders/{old['id']}", json={"qty": "6"})).status_code == 422


async def test_an_order_replaced_by_one_too_large_stays(client: httpx.AsyncClient) -> None:
    old = await placed(client)
    answer = await client.patch(f"/v2/orders/{old['id']}", json={"qty": "5000"})

    assert answer.status_code == 403
    assert (await client.get(f"/v2/orders/{old['id']}")).json()["status"] == "new"
    assert await buying_power(client) == "99010"


async def test_an_order_may_be_replaced_by_one_that_needs_the_old_ones_money(
    client: httpx.AsyncClient,
) -> None:
    old = await placed(client, qty="1000")
    answer = await client.patch(f"/v2/orders/{old['id']}", json={"limit_price": "100"})

    assert answer.status_code == 200
    assert await buying_power(client) == "0"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"trail": "1"}, 422),
        ({"qty": "0"}, 422),
        ({"stop_price": "5"}, 422),
        ({"limit_price": "1.001"}, 422),
        ({"client_order_id": "taken"}, 409),
        ({"symbol": "ACME"}, 422),
    ],
)
async def test_a_replacement_obeys_the_rules_of_orders(
    client: httpx.AsyncClient, change: dict[str, object], status: int
) -> None:
    order = await placed(client, client_order_id="taken")

    assert (await client.patch(f"/v2/orders/{order['id']}", json=change)).status_code == status


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [3, 2, 1]),
        ({"direction": "asc"}, [1, 2, 3]),
        ({"status": "closed"}, [0]),
        ({"status": "all"}, [3, 2, 1, 0]),
        ({"status": "all", "limit": "2"}, [3, 2]),
        ({"symbols": "ACME"}, [3, 2]),
        ({"symbols": "acme,OTHER"}, [3, 2, 1]),
        ({"symbols": "NOPE"}, []),
        ({"side": "sell"}, []),
        ({"side": "buy", "nested": "True"}, [3, 2, 1]),
        ({"after": "2026-01-05T15:00:01Z"}, [3, 2]),
        ({"until": "2026-01-05T15:00:02Z"}, [1]),
        ({"after": "2026-01-05T15:00:00", "until": "2026-01-05T15:00:03"}, [2, 1]),
        ({"asset_class": "us_equity"}, [3, 2, 1]),
        ({"asset_class": "crypto"}, []),
        ({"before_order_id": "2"}, [1]),
        ({"after_order_id": "1", "direction": "asc"}, [2, 3]),
    ],
)
async def test_orders_are_listed_by_every_filter(
    brokerage: Brokerage, client: httpx.AsyncClient, filters: dict[str, str], found: list[int]
) -> None:
    brokerage.market.instrument("OTHER")
    ids = [(await placed(client, symbol=symbol))["id"] for symbol in ("ACME", "OTHER", "ACME", "ACME")]
    await client.delete(f"/v2/orders/{ids[0]}")
    for second, order in enumerate(ids):
        moment = f"2026-01-05T15:00:0{second}Z"
        brokerage.market.rows(
            "UPDATE trading.orders SET submitted_at = %s WHERE id = %s", moment, UUID(order)
        )
    for cursor in ("before_order_id", "after_order_id"):
        if cursor in filters:
            filters = filters | {cursor: ids[int(filters[cursor])]}
    listed = (await client.get("/v2/orders", params=filters)).json()

    assert [ids.index(order["id"]) for order in listed] == found


@pytest.mark.parametrize(
    "filters", [{"status": "new"}, {"limit": "501"}, {"limit": "0"}, {"after": "yesterday"}, {"page": "2"}]
)
async def test_filters_that_make_no_sense_are_refused(
    client: httpx.AsyncClient, filters: dict[str, str]
) -> None:
    assert (await client.get("/v2/orders", params=filters)).status_code == 422


async def test_a_strangers_orders_do_not_exist(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    order = await placed(client, client_order_id="mine")
    path = f"/v2/orders/{order['id']}"
    async with brokerage.customer() as stranger:
        answers = [
            await stranger.get(path),
            await stranger.patch(path, json={"qty": "1"}),
            await stranger.delete(path),
            await stranger.get("/v2/orders:by_client_order_id", params={"client_order_id": "mine"}),
            await stranger.get("/v2/orders", params={"after_order_id": order["id"]}),
        ]
        listed = (await stranger.get("/v2/orders", params={"status": "all"})).json()

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, 40410000)] * 5
    assert listed == []


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"kind": "MAX_ORDER_VALUE", "value": "989.99"}, "max_order_value"),
        ({"kind": "MAX_POSITION_SIZE", "value": "9"}, "max_position_size"),
        ({"kind": "MAX_CONCENTRATION", "value": "0.98"}, "max_concentration"),
        ({"kind": "MAX_ORDER_VALUE", "value": "1", "symbol": "ACME"}, "max_order_value"),
        ({"kind": "MAX_ORDER_VALUE", "value": "989.99", "symbol": "OTHER"}, None),
        ({"kind": "MAX_ORDER_VALUE", "value": "990"}, None),
        ({"kind": "MAX_POSITION_SIZE", "value": "10"}, None),
        ({"kind": "MAX_CONCENTRATION", "value": "0.99"}, None),
        ({"kind": "MAX_DAILY_LOSS", "value": "1"}, None),
    ],
)
async def test_an_order_stays_within_the_accounts_limits(
    brokerage: Brokerage, client: httpx.AsyncClient, limit: dict[str, str], reason: str | None
) -> None:
    brokerage.market.instrument("OTHER")
    assert (await client.put("/v2/account/limits", json=limit)).status_code == 200
    answer = await client.post("/v2/orders", json=LIMIT)

    assert (answer.status_code, answer.json().get("reason")) == (403 if reason else 200, reason)


async def test_orders_that_wait_count_towards_the_size_of_a_position(client: httpx.AsyncClient) -> None:
    await client.put("/v2/account/limits", json={"kind": "MAX_POSITION_SIZE", "value": "15"})
    statuses = [(await client.post("/v2/orders", json=LIMIT)).status_code for _ in range(2)]

    assert statuses == [200, 403]


@pytest.mark.parametrize(
    ("restriction", "reason"),
    [
        ({"kind": "HALT"}, "halted"),
        ({"kind": "CLOSE_ONLY"}, "close_only"),
        ({"kind": "HALT", "symbol": "ACME"}, "halted"),
        ({"kind": "HALT", "symbol": "OTHER"}, None),
        ({"kind": "REDUCED", "factor": "0.5"}, "max_order_value"),
        ({"kind": "HALT", "ends_at": "2026-01-05T15:00:01Z"}, "halted"),
    ],
)
async def test_a_restriction_holds_until_it_is_lifted(
    brokerage: Brokerage, client: httpx.AsyncClient, restriction: dict[str, str], reason: str | None
) -> None:
    brokerage.market.instrument("OTHER")
    await client.put("/v2/account/limits", json={"kind": "MAX_ORDER_VALUE", "value": "1000"})
    imposed = await client.post("/v2/account/restrictions", json=restriction | {"reason": "a test"})
    during = await client.post("/v2/orders", json=LIMIT)
    lifted = await client.delete(f"/v2/account/restrictions/{imposed.json()['id']}")
    after = await client.post("/v2/orders", json=LIMIT)

    assert (imposed.status_code, lifted.status_code, after.status_code) == (201, 204, 200)
    assert (during.status_code, during.json().get("reason")) == (403 if reason else 200, reason)
