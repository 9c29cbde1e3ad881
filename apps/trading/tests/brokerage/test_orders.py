from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from placed_orders import LIMIT, buying_power, orders_of, placed

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("acme")]


async def test_a_resting_order_sets_its_money_aside(client: httpx.AsyncClient) -> None:
    order = await placed(client)

    assert (order["status"], order["qty"], order["limit_price"], order["filled_qty"]) == (
        "new",
        "10",
        "99",
        "0",
    )
    assert (order["expires_at"], order["filled_avg_price"]) == ("2026-01-05T21:00:00Z", None)
    assert await buying_power(client) == "99010"


@pytest.mark.parametrize(
    ("change", "set_aside"),
    [
        ({}, "99010"),
        ({"type": "market", "limit_price": None}, "98970"),
        ({"type": "stop", "limit_price": None, "stop_price": "120"}, "98764"),
        ({"type": "stop_limit", "stop_price": "120", "limit_price": "121"}, "98790"),
        ({"type": "market", "limit_price": None, "qty": None, "notional": "33.33"}, "99966.67"),
        ({"qty": "0.000000001"}, "99999.99"),
    ],
    ids=["limit", "market", "stop", "stop limit", "notional", "the smallest part"],
)
async def test_what_an_order_sets_aside(
    client: httpx.AsyncClient, change: dict[str, object], set_aside: str
) -> None:
    await placed(client, **change)

    assert await buying_power(client) == set_aside


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order_class": "bracket"}, "unsupported_order_class"),
        ({"order_class": "oto"}, "unsupported_order_class"),
        ({"order_class": "mleg", "legs": []}, "unsupported_order_class"),
        ({"take_profit": {"limit_price": "1"}}, "unsupported_order_class"),
        ({"type": "trailing_stop", "limit_price": None, "trail_price": "1"}, "unsupported_type"),
        ({"time_in_force": "opg"}, "unsupported_time_in_force"),
        ({"time_in_force": "cls"}, "unsupported_time_in_force"),
        ({"trail_percent": "1"}, "unexpected_trail"),
        ({"qty": None}, "qty_or_notional_required"),
        ({"notional": "10"}, "qty_and_notional"),
        ({"qty": "0"}, "qty_not_positive"),
        ({"qty": "-0.0"}, "qty_not_positive"),
        ({"qty": "-1"}, "qty_not_positive"),
        ({"qty": None, "notional": "10"}, "notional_type"),
        ({"qty": None, "notional": "0", "type": "market"}, "notional_not_positive"),
        ({"qty": None, "notional": "1.001", "type": "market"}, "notional_decimals"),
        ({"qty": "1.5", "time_in_force": "gtc"}, "fractional_time_in_force"),
        ({"qty": "1.5", "time_in_force": "fok"}, "fractional_time_in_force"),
        ({"limit_price": None}, "limit_price_required"),
        ({"type": "market"}, "unexpected_limit_price"),
        ({"type": "stop_limit"}, "stop_price_required"),
        ({"stop_price": "1"}, "unexpected_stop_price"),
        ({"limit_price": "0"}, "limit_price_not_positive"),
        ({"limit_price": "-5"}, "limit_price_not_positive"),
        ({"limit_price": "99.001"}, "limit_price_off_tick"),
        ({"limit_price": "0.00001"}, "limit_price_off_tick"),
        ({"type": "stop_limit", "stop_price": "99.999"}, "stop_price_off_tick"),
        ({"extended_hours": True, "time_in_force": "gtc"}, "extended_hours"),
        ({"extended_hours": True, "type": "market", "limit_price": None}, "extended_hours"),
        ({"position_intent": "buy_to_close"}, "position_intent"),
        ({"side": "sell", "position_intent": "sell_to_open"}, "position_intent"),
        ({"symbol": "NOPE"}, "asset_not_found"),
    ],
)
async def test_an_order_that_nobody_could_place_is_refused_and_the_refusal_written_down(
    brokerage: Brokerage, client: httpx.AsyncClient, change: dict[str, object], reason: str
) -> None:
    answer = await client.post("/v2/orders", json=LIMIT | change)
    (row,) = (await client.get("/v2/account/audit", params={"limit": 1})).json()["rows"]

    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (422, 42210000, reason)
    assert (row["action"], row["outcome"], row["reason"]) == ("order.place", "refused", reason)
    assert orders_of(brokerage, client) == 0
    assert await buying_power(client) == "100000"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":NaN}', 400),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1e400}', 400),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1e-400}', 400),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":"1e2"}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":-0.0}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":true}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":[1]}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1.00000000000000000000001}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":"%b"}' % (b"9" * 30), 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":"0.%b"}' % (b"1" * 30), 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":%b}' % (b"9" * 400), 422),
        ('{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":"٣"}'.encode(), 422),
        ('{"symbol":"АCME","side":"buy","type":"market","time_in_force":"day","qty":1}'.encode(), 422),  # noqa: RUF001  the point
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1,"qty":2}', 400),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1,"x":2}', 422),
        (b'{"symbol":"ACME","side":"hold","type":"market","time_in_force":"day","qty":1}', 422),
        (b'{"symbol":"' + b"A" * 40 + b'","side":"buy","type":"market","time_in_force":"day","qty":1}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1,"client_order_id":"\\ud800"}', 400),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1,"client_order_id":""}', 422),
        (b'{"symbol":"ACME","side":"buy","type":"market","time_in_force":"day","qty":1,"client_order_id":"'
         + b"x" * 129 + b'"}', 422),
        (b"[]", 422),
        (b"{", 400),
        (b"", 422),
    ],
)  # fmt: skip
async def test_hostile_input_is_told_why_and_nothing_is_written(
    brokerage: Brokerage, client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    answer = await client.post("/v2/orders", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, status * 100_000 + 10_000)
    assert answer.json()["message"]
    assert orders_of(brokerage, client) == 0


async def test_more_than_the_account_holds_cannot_be_bought(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v2/orders", json=LIMIT | {"qty": "1011"})

    assert (answer.status_code, answer.json()["code"]) == (403, 40310000)
    assert answer.json()["message"] == "insufficient buying power"
    assert (answer.json()["buying_power"], answer.json()["cost_basis"]) == ("100000", "100089")


async def test_a_cash_account_never_sells_what_it_has_not(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v2/orders", json=LIMIT | {"side": "sell"})

    assert (answer.status_code, answer.json()["message"]) == (403, "account is not allowed to short")


@pytest.mark.parametrize(
    ("column", "value", "status", "message"),
    [
        ("status", "inactive", 422, "asset ACME is not active"),
        ("tradable", False, 422, 'asset "ACME" is not tradable'),
        ("fractionable", False, 403, 'asset "ACME" is not fractionable'),
        ("min_order_size", 100, 422, "qty must be >= 100"),
    ],
)
async def test_an_instrument_may_refuse_an_order(
    brokerage: Brokerage, client: httpx.AsyncClient, column: str, value: object, status: int, message: str
) -> None:
    brokerage.market.rows(f"UPDATE trading.instruments SET {column} = %s", value)
    answer = await client.post("/v2/orders", json=LIMIT | {"qty": "1.5"})

    assert (answer.status_code, answer.json()["message"]) == (status, message)


@pytest.mark.parametrize("column", ["suspend_trade", "trading_blocked", "account_blocked"])
async def test_an_account_that_may_not_trade_places_nothing(
    brokerage: Brokerage, client: httpx.AsyncClient, column: str
) -> None:
    brokerage.market.rows(f"UPDATE trading.accounts SET {column} = true")

    assert (await client.post("/v2/orders", json=LIMIT)).status_code == 403


async def test_an_order_is_found_by_its_id_and_its_clients_name(client: httpx.AsyncClient) -> None:
    order = await placed(client, client_order_id="mine")
    by_id = (await client.get(f"/v2/orders/{order['id']}", params={"nested": "true"})).json()
    by_name = (await client.get("/v2/orders:by_client_order_id", params={"client_order_id": "mine"})).json()

    assert order == by_id == by_name
    assert (await client.get(f"/v2/orders/{uuid4()}")).status_code == 404


async def test_the_same_order_under_the_same_name_is_placed_once(
    brokerage: Brokerage, client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(
        *(client.post("/v2/orders", json=LIMIT | {"client_order_id": "mine"}) for _ in range(6))
    )
    other = await client.post("/v2/orders", json=LIMIT | {"client_order_id": "mine", "qty": "11"})

    assert {answer.content for answer in answers} == {answers[0].content}
    assert (other.status_code, other.json()["code"]) == (409, 40910000)
    assert orders_of(brokerage, client) == 1


async def test_another_account_may_use_the_same_name(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    first = await placed(client, client_order_id="mine")
    async with brokerage.customer() as other:
        second = await placed(other, client_order_id="mine")

    assert first["id"] != second["id"]


async def test_an_idempotency_key_is_answered_once_also_under_concurrency(
    brokerage: Brokerage, client: httpx.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(
        *(client.post("/v2/orders", json=LIMIT, headers=headers) for _ in range(6))
    )
    other = await client.post("/v2/orders", json=LIMIT | {"qty": "11"}, headers=headers)

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert other.status_code == 409
    assert orders_of(brokerage, client) == 1


async def test_a_refused_order_leaves_its_key_free(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    refused = await client.post("/v2/orders", json=LIMIT | {"qty": "1011"}, headers=headers)
    placed = await client.post("/v2/orders", json=LIMIT, headers=headers)

    assert (refused.status_code, placed.status_code) == (403, 200)


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_unsound_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/v2/orders", json=LIMIT, headers={"Idempotency-Key": key})

    assert answer.status_code == 422


async def test_the_same_money_is_never_spent_twice(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v2/orders", json=LIMIT | {"qty": "300"}) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [403] * 5
    assert (
        brokerage.market.value(
            "SELECT sum(reserved) FROM trading.orders WHERE account_id = %s", client.headers["X-Account-Id"]
        )
        == 89100
    )
    assert await buying_power(client) == "10900"
