from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from trading_app.rows import Row, every_row
from trading_app.tables import trading_sessions as t

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def next_two(connection: AsyncConnection, mic: str, now: datetime) -> list[Row]:
    """The session that is running or comes next, and the one after it."""
    ahead = select(t.c.time_zone, t.c.opens_at, t.c.closes_at).where(t.c.mic == mic, t.c.closes_at > now)
    return await every_row(connection, ahead.order_by(t.c.closes_at).limit(2))


async def between(
    connection: AsyncConnection, mic: str, first: date | None, last: date | None, *, by_settlement: bool
) -> list[Row]:
    day = t.c.settlement_date if by_settlement else t.c.session_date
    bounds = [day >= first] if first else []
    bounds += [day <= last] if last else []
    return await every_row(connection, select(t).where(t.c.mic == mic, *bounds).order_by(t.c.session_date))
