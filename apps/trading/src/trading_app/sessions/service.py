from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trading_app.sessions import queries
from trading_app.sessions.errors import EndsBeforeItStarts, NoSessionAhead

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row

MARKET = "XNYS"
"""Whose hours are the market's: Nasdaq keeps the same."""


async def clock(connection: AsyncConnection, now: datetime) -> Row:
    sessions = await queries.next_two(connection, MARKET, now)
    is_open = bool(sessions) and sessions[0]["opens_at"] <= now
    if len(sessions) <= is_open:
        raise NoSessionAhead
    zone = ZoneInfo(sessions[0]["time_zone"])
    return {
        "timestamp": now.astimezone(zone),
        "is_open": is_open,
        "next_open": sessions[1 if is_open else 0]["opens_at"].astimezone(zone),
        "next_close": sessions[0]["closes_at"].astimezone(zone),
    }


async def calendar(
    connection: AsyncConnection, start: date | None, end: date | None, *, by_settlement: bool
) -> list[Row]:
    if start and end and end < start:
        raise EndsBeforeItStarts
    rows = await queries.between(connection, MARKET, start, end, by_settlement=by_settlement)
    return [_day(row) for row in rows]


def _day(row: Row) -> Row:
    zone = ZoneInfo(row["time_zone"])

    def written(moment: datetime | None, form: str) -> str | None:
        return None if moment is None else moment.astimezone(zone).strftime(form)

    return {
        "session_date": row["session_date"],
        "open": written(row["opens_at"], "%H:%M"),
        "close": written(row["closes_at"], "%H:%M"),
        "session_open": written(row["pre_market_opens_at"], "%H%M"),
        "session_close": written(row["after_hours_closes_at"], "%H%M"),
        "settlement_date": row["settlement_date"],
    }
