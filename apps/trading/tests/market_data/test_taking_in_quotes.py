from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

NOON = "2026-11-20T12:00:00-05:00"


def quote(symbol: str = "AAPL", at: str = NOON, **values: Any) -> dict[str, Any]:  # noqa: ANN401  any JSON
    whole = {"bid_price": "99.98", "bid_size": 300, "ask_price": "100.02", "ask_size": 200}
    return {"symbol": symbol, "timestamp": at, **(whole | values)}


def trade(price: str, at: str, size: str | None = "5") -> dict[str, Any]:
    return {"symbol": "AAPL", "timestamp": at, "last_price": price, "last_size": size}


@pytest.fixture
def aapl(service: Brokerage) -> UUID:
    return service.market.instrument("AAPL")


@pytest.fixture
def stored(service: Brokerage, aapl: UUID) -> Any:  # noqa: ANN401  a function of the test's own
    """Reads some columns of AAPL's quote."""

    def columns(*names: str) -> dict[str, Any]:
        rows = service.market.rows("SELECT * FROM trading.quotes WHERE instrument_id = %s", aapl)
        return {name: rows[0][name] for name in names} if rows else {}

    return columns


async def send(feed: httpx.AsyncClient, *quotes: dict[str, Any]) -> dict[str, int]:
    answer = await feed.post("/v2/market-data/quotes", json={"quotes": quotes})
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()
    return found


def taken(accepted: int = 0, duplicates: int = 0, outdated: int = 0) -> dict[str, int]:
    return {"accepted": accepted, "duplicates": duplicates, "outdated": outdated}


async def test_a_quote_is_there_for_the_workers_and_they_are_told(
    service: Brokerage,
    feed: httpx.AsyncClient,
    aapl: UUID,
    stored: Any,  # noqa: ANN401
) -> None:
    with psycopg.connect(service.url, autocommit=True) as worker:
        worker.execute("LISTEN trading_quotes")
        assert await send(feed, quote(last_price=100.01, last_size=7)) == taken(accepted=1)
        told = [note.payload for note in worker.notifies(timeout=30, stop_after=1)]

    assert told == [str(aapl)]
    assert stored("bid_price", "bid_size", "ask_price", "ask_size", "last_price", "last_size") == {
        "bid_price": Decimal("99.98"),
        "bid_size": 300,
        "ask_price": Decimal("100.02"),
        "ask_size": 200,
        "last_price": Decimal("100.01"),
        "last_size": 7,
    }
    assert stored("version", "matched_version") == {"version": 1, "matched_version": 0}


async def test_a_new_quote_displays_its_whole_size_again(
    service: Brokerage,
    feed: httpx.AsyncClient,
    aapl: UUID,
    stored: Any,  # noqa: ANN401
) -> None:
    await send(feed, quote())
    service.market.rows(
        "UPDATE trading.quotes SET bid_taken = 10, ask_taken = 20 WHERE instrument_id = %s", aapl
    )
    await send(feed, quote(at="2026-11-20T12:00:01-05:00"))

    assert stored("bid_taken", "ask_taken", "version") == {"bid_taken": 0, "ask_taken": 0, "version": 2}


async def test_a_trade_alone_leaves_the_book_and_what_fills_have_used_of_it(
    service: Brokerage,
    feed: httpx.AsyncClient,
    aapl: UUID,
    stored: Any,  # noqa: ANN401
) -> None:
    await send(feed, quote())
    service.market.rows("UPDATE trading.quotes SET ask_taken = 20 WHERE instrument_id = %s", aapl)
    await send(feed, trade("100.02", "2026-11-20T12:00:01-05:00"))

    assert stored("ask_price", "ask_taken", "last_price", "version") == {
        "ask_price": Decimal("100.02"),
        "ask_taken": 20,
        "last_price": Decimal("100.02"),
        "version": 2,
    }


async def test_a_side_may_be_empty(feed: httpx.AsyncClient, stored: Any) -> None:  # noqa: ANN401
    await send(feed, quote())
    await send(feed, quote(at="2026-11-20T12:00:01-05:00", bid_price=None, bid_size=None))

    assert stored("bid_price", "bid_size", "ask_size") == {"bid_price": None, "bid_size": 0, "ask_size": 200}


async def test_the_same_batch_again_changes_nothing(feed: httpx.AsyncClient, stored: Any) -> None:  # noqa: ANN401
    batch = [quote(), quote(at="2026-11-20T12:00:01-05:00", bid_price="99.99")]
    assert await send(feed, *batch) == taken(accepted=2)
    before = stored("quoted_at", "bid_price", "version", "updated_at")

    assert await send(feed, *batch) == taken(duplicates=1, outdated=1)
    assert stored("quoted_at", "bid_price", "version", "updated_at") == before


async def test_an_older_quote_never_replaces_a_newer_one(feed: httpx.AsyncClient, stored: Any) -> None:  # noqa: ANN401
    await send(feed, quote(bid_price="99.50"))

    assert await send(feed, quote(at="2026-11-20T11:59:59-05:00", bid_price="98")) == taken(outdated=1)
    assert await send(feed, quote(at="2026-11-20T17:00:00Z", bid_price="98")) == taken(duplicates=1)
    assert stored("bid_price", "version") == {"bid_price": Decimal("99.50"), "version": 1}


async def test_a_batch_is_read_in_the_order_of_time(feed: httpx.AsyncClient, stored: Any) -> None:  # noqa: ANN401
    batch = [
        trade("103", "2026-11-20T12:00:03-05:00"),
        quote(at="2026-11-20T12:00:01-05:00", bid_price="97"),
        quote(at="2026-11-20T12:00:02-05:00", bid_price="98"),
        quote(at="2026-11-20T12:00:02-05:00", bid_price="1"),
    ]

    assert await send(feed, *batch) == taken(accepted=3, duplicates=1)
    assert stored("bid_price", "last_price", "version") == {
        "bid_price": Decimal(98),
        "last_price": Decimal(103),
        "version": 3,
    }


async def test_the_last_trade_of_a_day_is_the_next_days_previous_close(
    feed: httpx.AsyncClient,
    stored: Any,  # noqa: ANN401
) -> None:
    await send(feed, trade("50", "2026-11-19T19:59:00-05:00"))  # past midnight in UTC, not at the exchange
    await send(feed, trade("51", "2026-11-19T20:01:00-05:00"))
    assert stored("previous_close") == {"previous_close": None}
    await send(feed, trade("60", "2026-11-20T09:30:00-05:00"), trade("61", "2026-11-20T16:00:00-05:00"))
    friday = stored("previous_close", "previous_close_on")
    await send(feed, quote(at="2026-11-23T04:00:00-05:00"))

    assert friday == {"previous_close": Decimal(51), "previous_close_on": date(2026, 11, 19)}
    assert stored("previous_close", "previous_close_on", "last_price") == {
        "previous_close": Decimal(61),
        "previous_close_on": date(2026, 11, 20),
        "last_price": Decimal(61),
    }


async def test_a_thousand_quotes_of_a_thousand_instruments_are_one_batch(
    service: Brokerage, feed: httpx.AsyncClient
) -> None:
    service.market.rows(
        """INSERT INTO trading.instruments (symbol, name, exchange)
           SELECT 'S' || n, n, 'NYSE' FROM generate_series(1, 1000) n"""
    )
    long = {
        "bid_size": "123456789.123456789",
        "ask_size": "123456789.123456789",
        "last_price": "123456.12345678",
    }
    batch = [quote(f"S{n}", "2026-11-20T12:00:00.123456-05:00", **long) for n in range(1, 1001)]

    assert await send(feed, *batch) == taken(accepted=1000)
    assert service.market.value("SELECT count(*) FROM trading.quotes WHERE version = 1") == 1000


@pytest.mark.usefixtures("aapl")
@pytest.mark.parametrize("size", [0, 1001])
async def test_a_batch_has_one_to_a_thousand_quotes(size: int, feed: httpx.AsyncClient) -> None:
    answer = await feed.post("/v2/market-data/quotes", json={"quotes": [trade("1", NOON)] * size})

    assert (answer.status_code, answer.json()["code"]) == (422, 42210000)


async def test_batches_that_overlap_end_with_the_newest_quote_of_each(
    service: Brokerage, feed: httpx.AsyncClient
) -> None:
    symbols = [f"S{n}" for n in range(20)]
    for symbol in symbols:
        service.market.instrument(symbol)

    async def one(second: int) -> None:
        batch = [quote(s, f"2026-11-20T12:00:{second:02}Z", bid_size=second) for s in symbols]
        await send(feed, *(reversed(batch) if second % 2 else batch))

    await asyncio.gather(*(one(second) for second in range(8)))

    assert service.market.rows("SELECT DISTINCT bid_size::int, quoted_at::text FROM trading.quotes") == [
        {"bid_size": 7, "quoted_at": "2026-11-20 12:00:07+00"}
    ]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"bid_price": "100.03"}, "crossed"),
    ({"bid_price": "-1"}, "above 0"),
    ({"bid_price": 0}, "above 0"),
    ({"ask_price": "-0.0"}, "above 0"),
    ({"ask_price": "NaN"}, "number"),
    ({"ask_price": "Infinity"}, "number"),
    ({"ask_price": "1e400"}, "number"),
    ({"ask_price": 1e300}, "1e15"),
    ({"ask_price": "1000000000"}, "1e9"),
    ({"ask_price": "100.123456789"}, "8 decimals"),
    ({"ask_price": "\uff11\uff10\uff10"}, "number"),
    ({"ask_price": True}, "number"),
    ({"ask_price": []}, "number"),
    ({"bid_size": -1}, "0 or more"),
    ({"bid_size": None}, "bid_size"),
    ({"bid_price": None}, "bid_size needs bid_price"),
    ({"last_size": 1}, "last_size needs last_price"),
    ({"timestamp": "2026-11-20T12:00:00"}, "must be a time"),
    ({"timestamp": 1_700_000_000}, "must be a time"),
    ({"timestamp": "9999-12-31T23:59:59-12:00"}, "before 2200"),
    ({"timestamp": "1969-12-31T23:59:59Z"}, "after 1970"),
    ({"symbol": "aapl"}, "symbol"),
    ({"symbol": "\uff21\uff21\uff30\uff2c"}, "symbol"),
    ({"symbol": "NONE"}, "no instrument has the symbol NONE"),
    ({"price": 1}, "price"),
]


@pytest.mark.usefixtures("aapl")
async def test_a_batch_with_a_bad_quote_is_refused_whole(service: Brokerage, feed: httpx.AsyncClient) -> None:
    for values, reason in REFUSED:
        batch = [quote(at="2026-11-20T11:00:00Z"), quote() | values]

        answer = await feed.post("/v2/market-data/quotes", json={"quotes": batch})

        assert (answer.status_code, answer.json()["code"]) == (422, 42210000), values
        assert reason in answer.json()["message"]
    assert service.market.rows("SELECT * FROM trading.quotes") == []


@pytest.mark.usefixtures("aapl")
async def test_numbers_that_json_does_not_have_are_refused(
    service: Brokerage, feed: httpx.AsyncClient
) -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e400"):
        body = f'{{"quotes": [{{"symbol": "AAPL", "timestamp": "{NOON}", "last_price": {number}}}]}}'

        answer = await feed.post(
            "/v2/market-data/quotes", content=body, headers={"Content-Type": "application/json"}
        )

        assert (answer.status_code, answer.json()["code"]) == (400, 40010000), number
    assert service.market.rows("SELECT * FROM trading.quotes") == []


@pytest.mark.usefixtures("aapl")
async def test_half_a_quote_is_refused(feed: httpx.AsyncClient) -> None:
    halves: list[dict[str, Any]] = [
        {"bid_price": "1", "bid_size": 1},
        {"ask_price": "1", "ask_size": 1},
        {"bid_size": 1},
        {"last_price": None},
        {},
    ]
    for half in halves:
        body = {"quotes": [{"symbol": "AAPL", "timestamp": NOON, **half}]}

        answer = await feed.post("/v2/market-data/quotes", json=body)

        assert answer.status_code == 422, half
        assert "bid_price and ask_price" in answer.json()["message"]


@pytest.mark.usefixtures("aapl")
@pytest.mark.parametrize(("role", "status"), [("user", 403), ("admin", 403), ("service", 200)])
async def test_only_a_service_brings_market_data(role: str, status: int, service: Brokerage) -> None:
    async with service.market.person(role).client(service.app) as client:
        answer = await client.post("/v2/market-data/quotes", json={"quotes": [quote()]})

    assert answer.status_code == status


async def test_nobody_brings_market_data_without_signing_in(feed: httpx.AsyncClient) -> None:
    feed.headers.pop("Authorization")

    answer = await feed.post("/v2/market-data/quotes", json={"quotes": [quote()]})

    assert answer.status_code == 401
