"""What exchange_calendars knows, as the file that the service is deployed with.

python apps/trading/tests/support/exchange_calendar.py

writes the file again, for a version of the library that knows of new holidays.
"""

from __future__ import annotations

import sys
import warnings
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from exchange_calendars import get_calendar  # type: ignore[import-untyped]  # ships no types

import trading_app.seeding
from trading_app.seeding.calendars import CALENDAR_FILE, FIRST_YEAR, LAST_YEAR, MICS

FILE = Path(trading_app.seeding.__file__).with_name(CALENDAR_FILE)
HEADER = """\
# The weekdays on which XNAS and XNYS have no session, and those on which it closes early, in New York's time.
# Written from the library exchange_calendars (Apache License 2.0) by apps/trading/tests/support/exchange_calendar.py.
date,closes
"""
FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 31)  # the last sessions settle in the year after
REGULAR = (time(9, 30), time(16))
ZONE = ZoneInfo("America/New_York")


def text() -> str:
    """The file as the library has it now."""
    known, *others = [hours(mic) for mic in MICS]
    assert all(other == known for other in others), "the exchanges' hours differ: the file must name them"
    assert {opens for opens, _ in known.values()} == {REGULAR[0]}, "a session that opens late or early"
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    lines = [line for day in days if (line := special(day, known))]
    return HEADER + "".join(f"{line}\n" for line in lines)


def hours(mic: str) -> dict[date, tuple[time, time]]:
    """When each session opens and closes, in New York's time."""
    with warnings.catch_warnings():
        # exchange_calendars' own calls into pandas, which will mean something else in a pandas to come
        warnings.simplefilter("ignore", DeprecationWarning)
        schedule = get_calendar(mic, start=str(FIRST), end=str(LAST)).schedule[["open", "close"]]
        return {
            day.date(): (_local(opens.to_pydatetime()), _local(closes.to_pydatetime()))
            for day, opens, closes in schedule.itertuples()
        }


def special(day: date, known: dict[date, tuple[time, time]]) -> str:
    """The file's line about a day, empty for an ordinary one."""
    weekend = day.isoweekday() > 5
    if day not in known:
        return "" if weekend else f"{day},"
    assert not weekend, f"a session on a weekend: {day}"
    return "" if known[day] == REGULAR else f"{day},{known[day][1]:%H:%M}"


def _local(moment: datetime) -> time:
    return moment.astimezone(ZONE).time()


if __name__ == "__main__":
    sys.exit(0 if FILE.write_text(text(), encoding="utf-8") else 1)
