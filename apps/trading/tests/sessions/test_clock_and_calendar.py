from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from alpaca_sdk import Calendar, Clock, GetCalendarRequest
from pydantic import TypeAdapter

from trading_app.seeding.service import seed_sessions

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio


@pytest.fixture
async def opened(service: Brokerage) -> Brokerage:
    """The service with the exchanges' real sessions of 2026."""
    async with service.database.begin() as connection:
        await seed_sessions(connection, 2026, 2026)
    return service


def stand_at(service: Brokerage, moment: str) -> None:
    """Move the market's clock, which stands at the latest quote."""
    service.market.rows("DELETE FROM trading.quotes")
    instrument = service.market.instrument(f"T{secrets.token_hex(4).upper()}")
    service.market.quote(instrument, at=datetime.fromisoformat(moment))


CLOCK = [
    # an ordinary Monday, to the microsecond
    ("2026-11-23T09:29:59.999999-05:00", "closed", "2026-11-23T09:30:00-05:00", "2026-11-23T16:00:00-05:00"),
    ("2026-11-23T09:30:00-05:00", "open", "2026-11-24T09:30:00-05:00", "2026-11-23T16:00:00-05:00"),
    ("2026-11-23T15:59:59.999999-05:00", "open", "2026-11-24T09:30:00-05:00", "2026-11-23T16:00:00-05:00"),
    ("2026-11-23T16:00:00-05:00", "closed", "2026-11-24T09:30:00-05:00", "2026-11-24T16:00:00-05:00"),
    # Thanksgiving, and the half day after it
    ("2026-11-26T12:00:00-05:00", "closed", "2026-11-27T09:30:00-05:00", "2026-11-27T13:00:00-05:00"),
    ("2026-11-27T12:59:00-05:00", "open", "2026-11-30T09:30:00-05:00", "2026-11-27T13:00:00-05:00"),
    ("2026-11-27T13:00:00-05:00", "closed", "2026-11-30T09:30:00-05:00", "2026-11-30T16:00:00-05:00"),
    # the weekends on which New York's clocks change
    ("2026-03-07T12:00:00-05:00", "closed", "2026-03-09T09:30:00-04:00", "2026-03-09T16:00:00-04:00"),
    ("2026-10-31T12:00:00-04:00", "closed", "2026-11-02T09:30:00-05:00", "2026-11-02T16:00:00-05:00"),
]


async def test_the_clock_says_when_the_market_opens_and_closes(
    opened: Brokerage, reader: httpx.AsyncClient
) -> None:
    said = []
    for now, *_ in CLOCK:
        stand_at(opened, now)
        answer = (await reader.get("/v2/clock")).json()
        parsed = Clock(**answer)
        said.append(
            (
                answer["timestamp"],
                "open" if parsed.is_open else "closed",
                answer["next_open"],
                answer["next_close"],
            )
        )

    assert said == CLOCK


async def test_without_sessions_ahead_the_clock_says_what_is_missing(
    opened: Brokerage, reader: httpx.AsyncClient
) -> None:
    stand_at(opened, "2026-12-31T15:00:00-05:00")

    answer = await reader.get("/v2/clock")

    assert (answer.status_code, answer.json()["code"]) == (503, 50310000)
    assert "trading seed" in answer.json()["message"]


async def days(client: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/v2/calendar?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.usefixtures("opened")
async def test_the_calendar_lists_sessions_in_the_exchanges_own_time(reader: httpx.AsyncClient) -> None:
    assert await days(reader, "start=2026-11-25&end=2026-11-27") == [
        {
            "date": "2026-11-25",
            "open": "09:30",
            "close": "16:00",
            "session_open": "0400",
            "session_close": "2000",
            "settlement_date": "2026-11-27",
        },
        {
            "date": "2026-11-27",
            "open": "09:30",
            "close": "13:00",
            "session_open": "0400",
            "session_close": "1700",
            "settlement_date": "2026-11-30",
        },
    ]


@pytest.mark.usefixtures("opened")
async def test_alpacas_own_model_parses_the_whole_calendar(reader: httpx.AsyncClient) -> None:
    parsed = TypeAdapter(list[Calendar]).validate_python(await days(reader))

    assert len(parsed) == 251
    assert {day.open.strftime("%H:%M") for day in parsed} == {"09:30"}
    assert {day.close.strftime("%H:%M") for day in parsed} == {"13:00", "16:00"}


@pytest.mark.usefixtures("opened")
async def test_what_alpacas_client_asks_for_is_understood(reader: httpx.AsyncClient) -> None:
    request = GetCalendarRequest(start=date(2026, 12, 24), end=date(2026, 12, 28))

    assert [day["date"] for day in await days(reader, urlencode(request.to_request_fields()))] == [
        "2026-12-24",
        "2026-12-28",
    ]


CHOSEN = {
    "start=2026-12-30": ["2026-12-30", "2026-12-31"],
    "end=2026-01-05": ["2026-01-02", "2026-01-05"],
    "start=2026-11-26&end=2026-11-26": [],
    "start=2031-01-01": [],
    "start=2026-10-13&end=2026-10-13&date_type=TRADING": ["2026-10-13"],
    "start=2026-10-13&end=2026-10-13&date_type=SETTLEMENT": ["2026-10-09", "2026-10-12"],
}


@pytest.mark.usefixtures("opened")
async def test_days_of_the_calendar_are_chosen_by_alpacas_filters(reader: httpx.AsyncClient) -> None:
    assert {query: [day["date"] for day in await days(reader, query)] for query in CHOSEN} == CHOSEN


async def test_days_that_do_not_exist_are_refused(reader: httpx.AsyncClient) -> None:
    refused = {
        "start=yesterday",
        "start=20261121",
        "start=2026-02-30",
        "end=0",
        "end=\uff12\uff10\uff12\uff16-11-21",
        "end=2026-11-20&start=2026-11-21",
        "date_type=BANKING",
    }
    for query in refused:
        answer = await reader.get(f"/v2/calendar?{query}")

        assert (answer.status_code, answer.json()["code"]) == (422, 42210000), query
        assert query.split("=")[0] in answer.json()["message"]


async def test_nobody_reads_the_hours_without_signing_in(reader: httpx.AsyncClient) -> None:
    reader.headers.pop("Authorization")

    assert (await reader.get("/v2/clock")).status_code == 401
    assert (await reader.get("/v2/calendar")).status_code == 401


async def test_before_the_first_quote_the_clock_is_the_machines(
    opened: Brokerage, reader: httpx.AsyncClient
) -> None:
    async with opened.database.begin() as connection:
        await seed_sessions(connection, datetime.now(UTC).year, datetime.now(UTC).year + 1)
    before = datetime.now(UTC)

    answer = Clock(**(await reader.get("/v2/clock")).json())

    assert before <= answer.timestamp <= datetime.now(UTC)
