"""Numbers that are none, that are too large or too small, or that this field cannot have, bare and as texts.

What is not valid in itself is in test_orders.py, rule by rule; here is what would do harm if it got through.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from brokerage import MONDAY
from placed_orders import LIMIT, placed
from refusals import refused
from trading_floor import Floor

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("acme")]

NO_NUMBER = (422, "must be a number, or a text of ASCII digits with an optional point")
NO_JSON = (400, "The body is not valid JSON.")
TOO_LONG = (422, "must have no more than 9 decimals")
TOO_LARGE = (422, "must be a number below 1e15")

# Written bare and as a text, in which field ever: the two answers.
NEVER: list[tuple[str, tuple[int, str], tuple[int, str]]] = [
    ("NaN", (400, "NaN is not JSON."), NO_NUMBER),
    ("Infinity", (400, "Infinity is not JSON."), NO_NUMBER),
    ("-Infinity", (400, "-Infinity is not JSON."), NO_NUMBER),
    ("1e400", (400, "The body holds a number that is out of range."), NO_NUMBER),
    ("-1e400", (400, "The body holds a number that is out of range."), NO_NUMBER),
    ("1e-400", (400, "The body holds a number that is out of range."), NO_NUMBER),
    ("1e99999999999999999999", (400, "The body holds a number that is out of range."), NO_NUMBER),
    ("1e300", TOO_LARGE, NO_NUMBER),
    ("1e-10", TOO_LONG, NO_NUMBER),
    ("9" * 30, TOO_LARGE, TOO_LARGE),
    ("-" + "9" * 30, TOO_LARGE, TOO_LARGE),
    ("9" * 31, TOO_LARGE, NO_NUMBER),
    ("9" * 5000, NO_JSON, NO_NUMBER),
    ("1." + "0" * 29 + "1", TOO_LONG, TOO_LONG),
    ("0." + "1" * 30, TOO_LONG, TOO_LONG),
    ("0." + "1" * 100, (422, "must not have more than 60 digits"), NO_NUMBER),
    ("1,5", NO_JSON, NO_NUMBER),
    ("1_000", NO_JSON, NO_NUMBER),
    ("0x10", NO_JSON, NO_NUMBER),
    ("+1", NO_JSON, NO_NUMBER),
    ("1.", NO_JSON, NO_NUMBER),
    (".5", NO_JSON, NO_NUMBER),
    ("\N{ARABIC-INDIC DIGIT THREE}", NO_JSON, NO_NUMBER),
    ("\N{FULLWIDTH DIGIT ONE}", NO_JSON, NO_NUMBER),
    ("\N{SUPERSCRIPT TWO}", NO_JSON, NO_NUMBER),
    ("1\N{COMBINING ENCLOSING CIRCLE}", NO_JSON, NO_NUMBER),
    ("\N{MINUS SIGN}1", NO_JSON, NO_NUMBER),
    ("true", NO_NUMBER, NO_NUMBER),
    ("[1]", NO_NUMBER, NO_NUMBER),
    ('{"1": 1}', NO_NUMBER, NO_NUMBER),
    ("", NO_JSON, NO_NUMBER),
]
STOP_LIMIT = LIMIT | {"type": "stop_limit", "stop_price": "120", "limit_price": "121"}
SPENT = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day"}
PLACING: list[tuple[str, dict[str, Any]]] = [
    ("qty", LIMIT),
    ("notional", SPENT),
    ("limit_price", LIMIT),
    ("stop_price", STOP_LIMIT),
    ("trail_price", LIMIT),
    ("trail_percent", LIMIT),
]
BILLION = "1000000000"
JSON_TYPE = {"Content-Type": "application/json"}


def body(values: dict[str, Any], field: str, literal: str) -> bytes:
    """An object with one more field, written as it stands."""
    others = {name: value for name, value in values.items() if name != field}
    return f'{json.dumps(others)[:-1]}{", " if others else ""}"{field}": {literal}}}'.encode()


def quoted(literal: str) -> str:
    return json.dumps(literal, ensure_ascii=False)


WRITTEN = [
    (written, *answer)
    for literal, bare, as_text in NEVER
    for written, answer in ((literal, bare), (quoted(literal), as_text))
]


def said(where: str, status: int, why: str) -> str:
    """What cannot be read as JSON is nowhere in it."""
    return why if status == 400 else f"{where}: Value error, {why}"


@pytest.fixture
def floor(brokerage: Brokerage, client: httpx.AsyncClient) -> Floor:
    return Floor(brokerage, client)


@pytest.mark.parametrize(("field", "order"), PLACING, ids=[field for field, _ in PLACING])
async def test_what_is_no_number_places_no_order(
    brokerage: Brokerage, client: httpx.AsyncClient, field: str, order: dict[str, Any]
) -> None:
    for written, status, why in WRITTEN:
        sent = client.post("/v2/orders", content=body(order, field, written), headers=JSON_TYPE)
        answer = await refused(brokerage, sent, status)
        assert answer["message"] == said(f"body.{field}", status, why), written


@pytest.mark.parametrize("field", ["qty", "limit_price", "stop_price", "trail"])
async def test_what_is_no_number_replaces_no_order(
    brokerage: Brokerage, client: httpx.AsyncClient, field: str
) -> None:
    path = f"/v2/orders/{(await placed(client, **STOP_LIMIT))['id']}"
    for written, status, why in WRITTEN:
        sent = client.patch(path, content=body({}, field, written), headers=JSON_TYPE)
        answer = await refused(brokerage, sent, status)
        assert answer["message"] == said(f"body.{field}", status, why), written


# Numbers, but none that this field of an order can have: what is said, and the machine's word for it.
NOT_HERE: list[tuple[str, str, str, str]] = [
    *((field, zero, f"{field} must be > 0", f"{field}_not_positive")
      for field in ("qty", "limit_price", "stop_price") for zero in ("0", "-0", "-0.0", "-0.000000001", "-1e0", "-99")),
    ("qty", "100000000000", "qty must be < 100000000000", "qty_too_large"),
    ("qty", "999999999999999", "qty must be < 100000000000", "qty_too_large"),
    ("qty", "1e14", "qty must be < 100000000000", "qty_too_large"),
    ("limit_price", "1000000000000", "limit_price must be < 1000000000000", "limit_price_too_large"),
    ("limit_price", "999999999999999.99", "limit_price must be < 1000000000000", "limit_price_too_large"),
    ("stop_price", "1000000000000", "stop_price must be < 1000000000000", "stop_price_too_large"),
    ("limit_price", "121.001", "invalid limit_price 121.001. sub-penny", "limit_price_off_tick"),
    ("limit_price", "121.000000001", "invalid limit_price 121.000000001. sub-penny", "limit_price_off_tick"),
    ("limit_price", "0.12345", "invalid limit_price 0.12345. sub-penny", "limit_price_off_tick"),
    ("limit_price", "0.00001", "invalid limit_price 0.00001. sub-penny", "limit_price_off_tick"),
    ("stop_price", "1.001", "invalid stop_price 1.001. sub-penny", "stop_price_off_tick"),
    ("stop_price", "0.99999", "invalid stop_price 0.99999. sub-penny", "stop_price_off_tick"),
    ("qty", "99999999999.999999999", "order is worth more than can be counted", "value_too_large"),
]  # fmt: skip


def forms(literal: str) -> list[str]:
    """As a number, and as a text unless it has an exponent, which texts never have."""
    return [literal] if "e" in literal else [literal, quoted(literal)]


@pytest.mark.parametrize(("field", "literal", "why", "reason"), NOT_HERE)
async def test_a_number_that_a_field_of_an_order_cannot_have_is_refused_with_the_rule(
    brokerage: Brokerage, literal: str, field: str, why: str, reason: str
) -> None:
    dear = STOP_LIMIT | {"limit_price": "99999999"} if reason == "value_too_large" else STOP_LIMIT
    async with brokerage.customer("100000000000") as rich:
        resting = await placed(rich, **STOP_LIMIT | {"qty": "1", "limit_price": dear["limit_price"]})
        for written in forms(literal):
            new = rich.post("/v2/orders", content=body(dear, field, written), headers=JSON_TYPE)
            placing = await refused(brokerage, new, 422)
            change = body({}, field, written)
            other = rich.patch(f"/v2/orders/{resting['id']}", content=change, headers=JSON_TYPE)
            replacing = await refused(brokerage, other, 422)
            for answer in (placing, replacing):
                assert answer["reason"] == reason
                assert answer["message"].startswith(why)


@pytest.mark.parametrize(
    ("change", "why", "reason"),
    [
        ({"notional": "-0"}, "notional must be > 0", "notional_not_positive"),
        ({"notional": "-0.00"}, "notional must be > 0", "notional_not_positive"),
        ({"notional": "-1"}, "notional must be > 0", "notional_not_positive"),
        ({"notional": "0.001"}, "notional value must be limited to 2 decimal places", "notional_decimals"),
        ({"notional": "0.009999999"}, "notional value must be limited", "notional_decimals"),
        ({"notional": "10", "qty": "1"}, "only one of qty or notional is accepted", "qty_and_notional"),
        ({"notional": "0", "qty": "0"}, "only one of qty or notional is accepted", "qty_and_notional"),
        ({"notional": "10", "type": "limit", "limit_price": "1"}, "notional orders must be", "notional_type"),
        ({"notional": "10", "type": "stop", "stop_price": "120"}, "notional orders must be", "notional_type"),
        ({"notional": "10", "time_in_force": "gtc"}, "fractional orders must be", "fractional_time_in_force"),
    ],
)
async def test_so_much_money_must_be_money_and_stand_alone(
    brokerage: Brokerage, client: httpx.AsyncClient, change: dict[str, Any], why: str, reason: str
) -> None:
    for plain in (change, {name: _bare(value) for name, value in change.items()}):
        answer = await refused(brokerage, client.post("/v2/orders", json=SPENT | plain), 422)
        assert answer["reason"] == reason
        assert answer["message"].startswith(why)


def _bare(value: str) -> float | str:
    return float(value) if value.lstrip("-").replace(".", "").isdigit() else value


async def test_the_largest_numbers_that_an_order_can_have_are_kept_to_the_last_digit(
    brokerage: Brokerage,
) -> None:
    async with brokerage.customer("100000000000") as rich:
        many = await placed(rich, qty="99999999999.999999999", limit_price="0.0001")
        dear = await placed(rich, **STOP_LIMIT | {"qty": "0.000000001", "limit_price": "999999999999.99"})
        late = await placed(rich, **STOP_LIMIT | {"stop_price": "999999999999.99"})

    assert (many["qty"], many["limit_price"]) == ("99999999999.999999999", "0.0001")
    assert (dear["limit_price"], late["stop_price"]) == ("999999999999.99", "999999999999.99")


async def test_nobody_comes_to_hold_more_than_the_books_can_count(brokerage: Brokerage, acme: UUID) -> None:
    most = "99999999999.999999999"
    async with brokerage.customer("100000000000") as rich:
        floor, orders = Floor(brokerage, rich), []
        for qty in ("60000000000", most, BILLION):
            brokerage.market.quote(acme, "0.0001", "0.0001", size=60_000_000_000)
            orders.append(await floor.place(f"buy {qty} limit 0.0001", "ACME"))
            await floor.match(acme)
        outcomes = [(await floor.order(order))["status"] for order in orders]
        held = (await rich.get("/v2/positions/ACME")).json()["qty"]
        sound = await floor.sound()
        reasons = brokerage.market.rows(
            "SELECT reason FROM trading.order_events WHERE order_id = ANY(%s) AND event = 'canceled'", orders
        )

    assert (outcomes, held) == (["filled", "canceled", "canceled"], most)
    assert [row["reason"] for row in reasons] == ["position_too_large"] * 2
    assert sound


NO_SHARE = "Give qty or percentage, not both; percentage is above 0 and at most 100."
CLOSING = [
    ("qty", "NaN", "query.qty: "),
    ("qty", "1e2", "query.qty: "),
    ("qty", "9" * 30, "query.qty: "),
    ("qty", "0." + "1" * 30, "query.qty: "),
    ("qty", "\N{ARABIC-INDIC DIGIT THREE}", "query.qty: "),
    ("qty", "", "query.qty: "),
    ("qty", "0", "qty must be > 0"),
    ("qty", "-0", "qty must be > 0"),
    ("qty", "-5", "qty must be > 0"),
    ("qty", "100000000000", "qty must be < 100000000000"),
    ("percentage", "NaN", "query.percentage: "),
    ("percentage", "1e1", "query.percentage: "),
    ("percentage", "9" * 30, "query.percentage: "),
    ("percentage", "\N{FULLWIDTH DIGIT ONE}", "query.percentage: "),
    ("percentage", "0", NO_SHARE),
    ("percentage", "-0", NO_SHARE),
    ("percentage", "-1", NO_SHARE),
    ("percentage", "100.000000001", NO_SHARE),
    ("percentage", "0.000000001", "qty must be > 0"),
]


@pytest.mark.parametrize(("name", "value", "why"), CLOSING)
async def test_no_part_of_a_position_that_is_no_part_is_closed(
    floor: Floor, acme: UUID, name: str, value: str, why: str
) -> None:
    await floor.place("buy 0.5 market", "ACME")
    await floor.match(acme)
    sent = floor.client.delete("/v2/positions/ACME", params={name: value})

    assert (await refused(floor.brokerage, sent, 422))["message"].startswith(why)


async def test_a_position_is_closed_by_pieces_or_by_share_but_not_by_both(floor: Floor, acme: UUID) -> None:
    await floor.place("buy 0.5 market", "ACME")
    await floor.match(acme)
    both = await refused(
        floor.brokerage, floor.client.delete("/v2/positions/ACME?qty=0.1&percentage=10"), 422
    )
    more = await refused(floor.brokerage, floor.client.delete("/v2/positions/ACME?qty=0.6"), 403)

    assert both["message"].startswith(NO_SHARE)
    assert more["message"] == "insufficient qty available for order (requested: 0.6, available: 0.5)"


QUOTE = {
    "symbol": "ACME", "timestamp": f"{MONDAY.date()}T15:30:00Z",
    "bid_price": "99", "bid_size": "5", "ask_price": "101", "ask_size": "5", "last_price": "100", "last_size": "1",
}  # fmt: skip
PRICES, SIZES = ("bid_price", "ask_price", "last_price"), ("bid_size", "ask_size", "last_size")
NO_QUOTE = [
    *((price, value, "must be above 0 and below 1e9") for price in PRICES for value in ("0", "-0.0", "-1", BILLION)),
    *((price, "1.000000001", "must have no more than 8 decimals") for price in PRICES),
    *((size, value, "must be 0 or more and below 1e9") for size in SIZES for value in ("-1", "-0.000000001", BILLION)),
]  # fmt: skip


@pytest.mark.parametrize("field", [*PRICES, *SIZES])
async def test_what_is_no_number_is_no_quote(brokerage: Brokerage, field: str) -> None:
    async with brokerage.market.person("service").client(brokerage.app) as feed:
        for written, status, why in WRITTEN:
            content = b'{"quotes": [%b]}' % body(QUOTE, field, written)
            sent = feed.post("/v2/market-data/quotes", content=content, headers=JSON_TYPE)
            answer = await refused(brokerage, sent, status)
            assert answer["message"] == said(f"body.quotes.0.{field}", status, why), written


@pytest.mark.parametrize(("field", "literal", "why"), NO_QUOTE)
async def test_a_price_or_size_that_no_market_has_is_no_quote(
    brokerage: Brokerage, field: str, literal: str, why: str
) -> None:
    async with brokerage.market.person("service").client(brokerage.app) as feed:
        for written in forms(literal):
            content = b'{"quotes": [%b]}' % body(QUOTE, field, written)
            sent = feed.post("/v2/market-data/quotes", content=content, headers=JSON_TYPE)
            answer = await refused(brokerage, sent, 422)
            assert answer["message"] == f"body.quotes.0.{field}: Value error, {why}"


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("MAX_ORDER_VALUE", "-0", "value must be > 0"),
        ("MAX_ORDER_VALUE", "1000000000000000", "body.value: Value error, must be a number below 1e15"),
        ("MAX_POSITION_SIZE", "-1", "value must be > 0"),
        ("MAX_CONCENTRATION", "100.000000001", "MAX_CONCENTRATION is a percentage of the equity"),
        ("MAX_DAILY_LOSS", "0.0000000001", "body.value: Value error, must have no more than 9 decimals"),
        ("MAX_DAILY_LOSS", "1e5", "body.value: Value error, must be a number, or a text"),
    ],
)
async def test_a_limit_that_limits_nothing_is_not_set(
    brokerage: Brokerage, client: httpx.AsyncClient, kind: str, value: str, why: str
) -> None:
    sent = client.put("/v2/account/limits", json={"kind": kind, "value": value})

    assert why in (await refused(brokerage, sent, 422))["message"]
