from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import exchange_calendar
import pytest

from trading_app.seeding.calendars import MICS, trading_sessions

if TYPE_CHECKING:
    from trading_app.rows import Row

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def sessions() -> dict[date, Row]:
    return {row["session_date"]: row for row in trading_sessions("XNYS", 2026, 2027)}


def utc_hours(row: Row) -> tuple[str, str]:
    return f"{row['opens_at']:%H:%M}", f"{row['closes_at']:%H:%M}"


def local(moment: datetime) -> str:
    return f"{moment.astimezone(NEW_YORK):%H:%M}"


def test_the_file_says_what_exchange_calendars_knows() -> None:
    told = f"{exchange_calendar.FILE} is behind the library: run {exchange_calendar.__file__}"

    assert exchange_calendar.FILE.read_text(encoding="utf-8") == exchange_calendar.text(), told


@pytest.mark.parametrize("mic", MICS)
def test_a_year_has_about_251_sessions(mic: str) -> None:
    assert len(trading_sessions(mic, 2026, 2026)) == 251


def test_an_ordinary_day_has_its_regular_and_its_extended_hours(sessions: dict[date, Row]) -> None:
    row = sessions[date(2026, 6, 1)]

    assert utc_hours(row) == ("13:30", "20:00")
    assert (local(row["pre_market_opens_at"]), local(row["after_hours_closes_at"])) == ("04:00", "20:00")
    assert row["early_close"] is False


@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 12, 24), date(2027, 11, 26)])
def test_a_half_day_ends_at_one_and_its_extended_hours_at_five(day: date, sessions: dict[date, Row]) -> None:
    row = sessions[day]

    assert (local(row["closes_at"]), local(row["after_hours_closes_at"])) == ("13:00", "17:00")
    assert row["early_close"] is True


@pytest.mark.parametrize(
    ("friday", "monday", "before", "after"),
    [
        (date(2026, 3, 6), date(2026, 3, 9), ("14:30", "21:00"), ("13:30", "20:00")),
        (date(2026, 10, 30), date(2026, 11, 2), ("13:30", "20:00"), ("14:30", "21:00")),
    ],
)
def test_hours_stay_the_exchanges_when_its_clocks_change(
    friday: date, monday: date, before: tuple[str, str], after: tuple[str, str], sessions: dict[date, Row]
) -> None:
    assert utc_hours(sessions[friday]) == before
    assert utc_hours(sessions[monday]) == after
    assert {local(sessions[day]["closes_at"]) for day in (friday, monday)} == {"16:00"}


@pytest.mark.parametrize("holiday", ["2026-01-01", "2026-04-03", "2026-07-03", "2026-11-26", "2027-12-24"])
def test_a_holiday_has_no_session(holiday: str, sessions: dict[date, Row]) -> None:
    assert date.fromisoformat(holiday) not in sessions


@pytest.mark.parametrize(
    ("traded", "settles"),
    [
        (date(2026, 11, 16), date(2026, 11, 17)),  # the next day
        (date(2026, 11, 20), date(2026, 11, 23)),  # over a weekend
        (date(2026, 11, 25), date(2026, 11, 27)),  # over Thanksgiving
        (
            date(2026, 10, 9),
            date(2026, 10, 13),
        ),  # over Columbus Day, when banks are closed and exchanges open
        (date(2026, 10, 12), date(2026, 10, 13)),
        (date(2026, 11, 10), date(2026, 11, 12)),  # over Veterans Day, as well
        (date(2027, 12, 31), date(2028, 1, 3)),  # into a year that is not asked for
    ],
)
def test_trades_settle_on_the_next_day_on_which_banks_are_open_too(
    traded: date, settles: date, sessions: dict[date, Row]
) -> None:
    assert sessions[traded]["settlement_date"] == settles


def test_years_follow_each_other_without_a_gap_or_an_overlap(sessions: dict[date, Row]) -> None:
    alone = [row for year in (2026, 2027) for row in trading_sessions("XNYS", year, year)]

    assert alone == list(sessions.values())
    assert max(b - a for a, b in zip(list(sessions), list(sessions)[1:], strict=False)) <= timedelta(days=4)
