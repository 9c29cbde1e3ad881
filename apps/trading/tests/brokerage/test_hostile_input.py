"""Texts, bodies, times and cursors that would do harm if they got through: each is told why, and nothing is written.

Numbers: test_hostile_numbers.py. What comes twice or in great numbers: test_repeated_requests.py, test_open_orders.py.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from brokerage import MONDAY
from placed_orders import LIMIT, placed
from refusals import refused
from trading_floor import Floor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("acme")]

JSON_TYPE = {"Content-Type": "application/json"}
DAY = MONDAY.date()
NUL, LONE = "The body holds a text with NUL or half a surrogate pair.", "\ud800"

# What a text holds, and the answer wherever a symbol is expected: a pattern or a table of instruments knows it not.
NO_SYMBOL = {
    "Cyrillic": "\N{CYRILLIC CAPITAL LETTER A}CME",
    "full width": "\N{FULLWIDTH LATIN CAPITAL LETTER A}CME",
    "no-break": "ACME\N{NO-BREAK SPACE}",
    "zero width": "AC\N{ZERO WIDTH SPACE}ME",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}EMCA",
    "combining": "ACME\N{COMBINING ACUTE ACCENT}",
    "emoji": "\N{MONEY BAG}",
    "digit": "ACME\N{ARABIC-INDIC DIGIT THREE}",
    "quote": "ACME'--",
    "line": "ACME\n",
    "space": " ACME",
    "percent": "AC%",
    "empty": "",
    "long": "A" * 33,
    "very long": "A" * 100_000,
}
UNSTORABLE = {"NUL": "AC\0ME", "surrogate": f"AC{LONE}ME"}


@pytest.mark.parametrize("symbol", NO_SYMBOL.values(), ids=NO_SYMBOL)
async def test_what_is_no_symbol_is_traded_nowhere(
    brokerage: Brokerage, client: httpx.AsyncClient, symbol: str
) -> None:
    answers = [
        await refused(brokerage, client.post("/v2/orders", json=LIMIT | {"symbol": symbol}), 422),
        await refused(
            brokerage,
            client.put("/v2/account/limits", json={"kind": "MAX_ORDER_VALUE", "value": 1, "symbol": symbol}),
            422,
        ),
        await refused(
            brokerage,
            client.post("/v2/account/restrictions", json={"kind": "HALT", "reason": "x", "symbol": symbol}),
            422,
        ),
    ]
    async with brokerage.market.person("service").client(brokerage.app) as feed:
        quote = {"symbol": symbol, "timestamp": f"{DAY}T15:30:00Z", "last_price": "1"}
        sent = feed.post("/v2/market-data/quotes", json={"quotes": [quote]})
        answers.append(await refused(brokerage, sent, 422))

    assert answers[0]["message"].startswith("body.symbol: ")
    assert [("symbol" in answer["message"] or "asset" in answer["message"]) for answer in answers] == [
        True
    ] * 4


@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v2/orders", LIMIT | {"symbol": "?"}),
        ("POST", "/v2/orders", LIMIT | {"client_order_id": "?"}),
        ("PATCH", "/v2/orders/{order}", {"client_order_id": "?"}),
        ("POST", "/v2/accounts", {"name": "?"}),
        ("PUT", "/v2/account/limits", {"kind": "MAX_ORDER_VALUE", "value": 1, "symbol": "?"}),
        ("POST", "/v2/account/restrictions", {"kind": "HALT", "reason": "?"}),
    ],
)
async def test_a_text_that_postgres_cannot_keep_goes_nowhere(
    brokerage: Brokerage, client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any], text: str
) -> None:
    path = path.format(order=(await placed(client))["id"])
    content = json.dumps({name: text if value == "?" else value for name, value in body.items()})
    answer = await refused(brokerage, client.request(method, path, content=content, headers=JSON_TYPE), 400)

    assert answer["message"] == NUL


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "String should have at least 1 character"),
        ("x" * 129, "String should have at most 128 characters"),
        ("\N{MONEY BAG}" * 129, "String should have at most 128 characters"),
        (1, "Input should be a valid string"),
        (["x"], "Input should be a valid string"),
    ],
)
async def test_a_client_order_id_is_a_text_of_at_most_128_characters(
    brokerage: Brokerage, client: httpx.AsyncClient, name: object, why: str
) -> None:
    order = await placed(client)
    new = client.post("/v2/orders", json=LIMIT | {"client_order_id": name})
    placing = await refused(brokerage, new, 422)
    replacing = await refused(
        brokerage, client.patch(f"/v2/orders/{order['id']}", json={"client_order_id": name}), 422
    )

    assert placing["message"] == replacing["message"] == f"body.client_order_id: {why}"


async def test_a_client_order_id_of_128_characters_of_any_script_is_found_again(
    client: httpx.AsyncClient,
) -> None:
    name = "\N{MONEY BAG}" * 128
    order = await placed(client, client_order_id=name)
    found = await client.get("/v2/orders:by_client_order_id", params={"client_order_id": name})

    assert (found.status_code, found.json()["id"]) == (200, order["id"])


# A body, and the answer of whatever takes one.
NO_BODY: dict[str, tuple[bytes, int, str]] = {
    "not UTF-8": (b'{"symbol": "AC\xff"}', 400, "The body is not valid JSON."),
    "UTF-16": ('{"symbol": "ACME"}'.encode("utf-16"), 400, "The body is not valid JSON."),
    "a byte order mark": (b'\xef\xbb\xbf{"qty": 1}', 400, "The body is not valid JSON."),
    "a surrogate as bytes": (b'{"symbol": "\xed\xa0\x80"}', 400, "The body is not valid JSON."),
    "overlong": (b'{"symbol": "\xc0\x80"}', 400, "The body is not valid JSON."),
    "a key twice": (b'{"qty": 1, "qty": 2}', 400, "The body holds a key twice."),
    "a key twice, written differently": (b'{"qty": 1, "\\u0071ty": 2}', 400, "The body holds a key twice."),
    "a key twice inside": (b'{"qty": 1, "x": {"a": 1, "a": 1}}', 400, "The body holds a key twice."),
    "deep objects": (b'{"a":' * 40 + b"1" + b"}" * 40, 400, "The body nests deeper than 32 levels."),
    "deep arrays": (b"[" * 100_000, 400, "The body nests deeper than 32 levels."),
    "cut off": (b'{"qty": 1', 400, "The body is not valid JSON."),
    "two values": (b'{"qty": 1}{"qty": 2}', 400, "The body is not valid JSON."),
    "a comment": (b'{"qty": 1} // one', 400, "The body is not valid JSON."),
    "a trailing comma": (b'{"qty": 1,}', 400, "The body is not valid JSON."),
    "a list": (b"[]", 422, "body: Input should be a valid dictionary"),
    "a text": (b'"qty"', 422, "body: Input should be a valid dictionary"),
    "null": (b"null", 422, "body: "),
    "what nobody knows": (b'{"__proto__": {}}', 422, "body."),
    "too large": (b'{"symbol": "' + b"A" * 600_000 + b'"}', 413, "The request body is too large."),
}


@pytest.mark.parametrize(("content", "status", "why"), NO_BODY.values(), ids=NO_BODY)
async def test_what_is_no_body_does_nothing(
    brokerage: Brokerage, client: httpx.AsyncClient, content: bytes, status: int, why: str
) -> None:
    order = await placed(client)
    for method, path in (
        ("POST", "/v2/orders"),
        ("PATCH", f"/v2/orders/{order['id']}"),
        ("POST", "/v2/accounts"),
        ("PATCH", "/v2/account/configurations"),
        ("PUT", "/v2/account/limits"),
        ("POST", "/v2/account/restrictions"),
    ):
        sent = client.request(method, path, content=content, headers=JSON_TYPE)
        assert (await refused(brokerage, sent, status))["message"].startswith(why), path


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_an_order_that_does_not_say_it_is_json_is_none(
    brokerage: Brokerage, client: httpx.AsyncClient, content_type: str
) -> None:
    sent = client.post("/v2/orders", content=json.dumps(LIMIT), headers={"Content-Type": content_type})

    assert (await refused(brokerage, sent, 415))["message"] == "Send the body as application/json."


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "name", ["x", "0", "1 OR 1=1", "9" * 1000, "019b8eac-1180-7506-a6c7", "%FF", "\N{MONEY BAG}"]
)
async def test_what_is_no_orders_id_is_no_order(
    brokerage: Brokerage, client: httpx.AsyncClient, method: str, name: str
) -> None:
    body = {"qty": "2"} if method == "PATCH" else None
    answer = await refused(brokerage, client.request(method, f"/v2/orders/{name}", json=body), 422)

    assert answer["message"].startswith("path.order_id: Input should be a valid UUID")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/orders/%00",
        "/v2/orders?symbols=AC%00ME",
        "/v2/orders:by_client_order_id?client_order_id=%00",
        "/v2/positions/AC%00ME",
        "/v2/assets/AC%00ME",
        "/v2/assets?after=%00",
        "/v2/account/activities/%00",
        "/v2/account/activities?page_token=%00",
    ],
)
async def test_an_address_with_nul_leads_nowhere(
    brokerage: Brokerage, client: httpx.AsyncClient, path: str
) -> None:
    assert (await refused(brokerage, client.get(path), 400))[
        "message"
    ] == "The address holds a NUL character."


# A text where a time is expected. Numbers mean seconds to one and milliseconds to another.
NO_TIME = [
    "", "now", "yesterday", "0", "-1", "1767625200", "1767625200000", "1e400", "NaN", "inf", "9" * 400,
    "2026-13-01", "2026-02-30", "2026-01-05T24:00:00Z", "2026-01-05T15:60:00Z", "2026-01-05T15:00:00+25:00",
    "20260105", "2026-W02-1", "26-01-05", "P1D", "2026-01-05T15:00:00 00:00", "2026-01-05T15:00:00.1234567890Z",
    "\N{ARABIC-INDIC DIGIT TWO}026-01-05", "2026\N{EN DASH}01\N{EN DASH}05", "0000-01-01", "2026-01-05\n",
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2/orders", "after"),
        ("/v2/orders", "until"),
        ("/v2/account/activities", "after"),
        ("/v2/account/activities", "until"),
        ("/v2/account/activities", "date"),
        ("/v2/account/activities/FILL", "after"),
    ],
)
async def test_what_is_no_time_names_none(
    brokerage: Brokerage, client: httpx.AsyncClient, path: str, name: str
) -> None:
    for value in NO_TIME:
        answer = await refused(brokerage, client.get(path, params={name: value}), 422)
        assert answer["message"].startswith(f"query.{name}: "), value


@pytest.mark.parametrize("name", ["start", "end"])
async def test_what_is_no_day_names_none(brokerage: Brokerage, client: httpx.AsyncClient, name: str) -> None:
    for value in NO_TIME:
        if "T" not in value:  # of a time it takes the day
            answer = await refused(brokerage, client.get("/v2/calendar", params={name: value}), 422)
            assert answer["message"].startswith(f"query.{name}: "), value


@pytest.mark.parametrize(
    "ends",
    [*NO_TIME, 1767625200, 9999999999999, 1e300, True, "2026-01-06T15:00:00", "9999-12-31T23:59:59-14:00",
     "2200-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-01-05T14:59:59Z"],
)  # fmt: skip
async def test_a_restriction_ends_at_a_time_to_come_that_says_its_zone(
    brokerage: Brokerage, client: httpx.AsyncClient, ends: object
) -> None:
    sent = client.post("/v2/account/restrictions", json={"kind": "HALT", "reason": "x", "ends_at": ends})

    assert "ends_at" in (await refused(brokerage, sent, 422))["message"]


@pytest.fixture
async def other(brokerage: Brokerage, acme: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody else, with orders, a position and activities."""
    async with brokerage.customer() as other:
        floor = Floor(brokerage, other)
        await floor.place("buy 5 market", "ACME")
        await floor.match(acme)
        brokerage.market.quote(acme, at=MONDAY + timedelta(minutes=1))
        await floor.place("buy 1 limit 99.00", "ACME")
        yield other


async def test_the_cursors_of_another_account_lead_nowhere(
    brokerage: Brokerage, client: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    orders = (await other.get("/v2/orders", params={"status": "all"})).json()
    activities = (await other.get("/v2/account/activities")).json()
    ledger = (await other.get("/v2/account/ledger")).json()
    assert (len(orders), len(activities), len(ledger)) == (2, 2, 6)
    for order in orders:
        for name in ("before_order_id", "after_order_id"):
            sent = client.get("/v2/orders", params={"status": "all", name: order["id"]})
            assert (await refused(brokerage, sent, 404))["message"] == "order not found"
    for activity in activities:
        for path in ("/v2/account/activities", "/v2/account/activities/FILL"):
            sent = client.get(path, params={"page_token": activity["id"]})
            why = (await refused(brokerage, sent, 422))["message"]
            assert why == "page_token is not the id of an activity of this account"
    for account in ledger:
        sent = client.get(f"/v2/account/ledger/{account['id']}/entries")
        assert (await refused(brokerage, sent, 404))["message"] == "ledger account not found"


async def test_cursors_of_ones_own_lead_on(other: httpx.AsyncClient) -> None:
    orders = (await other.get("/v2/orders", params={"status": "all"})).json()
    activities = (await other.get("/v2/account/activities")).json()
    ledger = (await other.get("/v2/account/ledger")).json()
    params = {"status": "all", "before_order_id": orders[0]["id"]}

    assert (await other.get("/v2/orders", params=params)).json() == orders[1:]
    params = {"page_token": activities[0]["id"]}
    assert (await other.get("/v2/account/activities", params=params)).json() == activities[1:]
    for account in ledger:
        assert (await other.get(f"/v2/account/ledger/{account['id']}/entries")).status_code == 200


STAMP = f"{MONDAY:%Y%m%d%H%M%S%f}"
UNKNOWN = "019b8eac-1180-7506-a6c7-e76bb09cbc2f"
NO_TOKEN = [
    "x", "::", "-1", " ", STAMP, f"{STAMP}::", f"::{UNKNOWN}", f"{STAMP}::{UNKNOWN}", f"{STAMP}::{{{UNKNOWN}}}",
    f"{STAMP}::urn:uuid:{UNKNOWN}", f"{STAMP}::{UNKNOWN.upper()}", f"{STAMP}::{UNKNOWN}::", f" {STAMP}::{UNKNOWN}",
    f"{'9' * 20}::{UNKNOWN}", f"{'0' * 20}::{UNKNOWN}", f"99991231235959999999::{UNKNOWN}",
    f"00010101000000000000::{UNKNOWN}", f"\N{ARABIC-INDIC DIGIT TWO}{STAMP[1:]}::{UNKNOWN}", "x" * 100, "x" * 50_000,
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v2/account/activities", "/v2/account/activities/FILL"])
async def test_what_is_no_page_token_leads_nowhere(
    brokerage: Brokerage, client: httpx.AsyncClient, path: str
) -> None:
    for token in NO_TOKEN:
        answer = await refused(brokerage, client.get(path, params={"page_token": token}), 422)
        assert "page_token" in answer["message"], token


async def test_an_activitys_id_is_none_with_another_moment(
    brokerage: Brokerage, client: httpx.AsyncClient
) -> None:
    (opening,) = (await client.get("/v2/account/activities")).json()
    stamp, _, key = opening["id"].partition("::")
    moved = f"{int(stamp) + 1:020d}::{key}"
    sent = client.get("/v2/account/activities", params={"page_token": moved})

    assert "page_token" in (await refused(brokerage, sent, 422))["message"]


NO_COUNT = [
    "0",
    "-1",
    "x",
    "",
    "1.5",
    "1e3",
    "NaN",
    "9" * 30,
    str(2**63),
    "\N{ARABIC-INDIC DIGIT THREE}",
    "true",
]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2/account/audit", "before"),
        ("/v2/account/audit", "limit"),
        ("/v2/account/ledger/{ledger}/entries", "before"),
        ("/v2/account/ledger/{ledger}/entries", "limit"),
        ("/v2/orders", "limit"),
        ("/v2/account/activities", "page_size"),
        ("/v2/assets", "limit"),
    ],
)
async def test_what_counts_nothing_bounds_no_page(
    brokerage: Brokerage, client: httpx.AsyncClient, path: str, name: str
) -> None:
    path = path.format(ledger=(await client.get("/v2/account/ledger")).json()[0]["id"])
    for value in NO_COUNT:
        answer = await refused(brokerage, client.get(path, params={name: value}), 422)
        assert answer["message"].startswith(f"query.{name}: "), value


@pytest.mark.parametrize("name", ["before_order_id", "after_order_id"])
async def test_what_is_no_order_is_no_cursor_of_orders(
    brokerage: Brokerage, client: httpx.AsyncClient, name: str
) -> None:
    for value in ("x", "0", "9" * 1000, ""):
        answer = await refused(brokerage, client.get("/v2/orders", params={name: value}), 422)
        assert answer["message"].startswith(f"query.{name}: Input should be a valid UUID")
    unknown = await refused(brokerage, client.get("/v2/orders", params={name: str(uuid4())}), 404)
    assert unknown["message"] == "order not found"
