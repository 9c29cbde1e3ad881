"""Trading sessions: every weekday, but for the days that the committed file lists.

The file says what the library exchange_calendars knows of both exchanges: a test holds the two together, and
`apps/trading/tests/support/exchange_calendar.py` writes it. So nothing that is deployed needs pandas.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trading_app.rows import Row

MICS = ("XNAS", "XNYS")
FIRST_YEAR, LAST_YEAR = 1990, 2100
CALENDAR_FILE = "exchange_calendar.csv"
_TIME_ZONE = "America/New_York"
_ZONE = ZoneInfo(_TIME_ZONE)
# https://www.nyse.com/markets/hours-calendars: regular and extended hours, and their end on half days
_PRE_MARKET, _OPEN, _CLOSE = time(4), time(9, 30), time(16)
_AFTER_HOURS, _AFTER_HOURS_OF_HALF_DAYS = time(20), time(17)
_MONDAY, _FRIDAY, _SUNDAY = 1, 5, 7
_OCTOBER, _NOVEMBER = 10, 11


def trading_sessions(mic: str, first_year: int, last_year: int) -> list[Row]:
    days = list(_days(date(first_year, 1, 1), date(last_year + 1, 1, 31)))
    settling = [day for day, _ in days if not _banks_are_closed(day)]
    return [
        _session(mic, day, closes, settlement=next(s for s in settling if s > day))
        for day, closes in days
        if day.year <= last_year
    ]


def _days(first: date, last: date) -> Iterator[tuple[date, time]]:
    """Every day with a session, and when that closes; the last ones settle on days of the month after."""
    special = _special_days()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        closes = special.get(day, _CLOSE)
        if day.isoweekday() <= _FRIDAY and closes is not None:
            yield day, closes


@cache
def _special_days() -> dict[date, time | None]:
    """Days that end early, and when; None for those without a session."""
    text = (files("trading_app.seeding") / CALENDAR_FILE).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {
        date.fromisoformat(row["date"]): time.fromisoformat(row["closes"]) if row["closes"] else None
        for row in csv.DictReader(lines)
    }


def _session(mic: str, day: date, closes: time, *, settlement: date) -> Row:
    half_day = closes < _CLOSE
    return {
        "mic": mic,
        "session_date": day,
        "time_zone": _TIME_ZONE,
        "pre_market_opens_at": _moment(day, _PRE_MARKET),
        "opens_at": _moment(day, _OPEN),
        "closes_at": _moment(day, closes),
        "after_hours_closes_at": _moment(day, _AFTER_HOURS_OF_HALF_DAYS if half_day else _AFTER_HOURS),
        "early_close": half_day,
        "settlement_date": settlement,
    }


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, _ZONE).astimezone(UTC)


def _banks_are_closed(day: date) -> bool:
    """Columbus Day and Veterans Day: the exchanges trade, and nothing settles.

    They are the two bank holidays on which the exchanges are open. One that falls on a Sunday is kept on Monday,
    one on a Saturday not at all: https://www.federalreserve.gov/aboutthefed/k8.htm
    """
    second_monday = day.isoweekday() == _MONDAY and 8 <= day.day <= 14  # noqa: PLR2004  its second week
    armistice = date(day.year, _NOVEMBER, 11)
    kept = armistice.replace(day=12) if armistice.isoweekday() == _SUNDAY else armistice
    return (day.month == _OCTOBER and second_monday) or day == kept
