"""The venue's time: the machine's, or, in a replay, the market's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Protocol, cast

from fastapi import Depends, Request

from servicekit.unit_of_work import CurrentDatabase
from trading_app.venue import queries

if TYPE_CHECKING:
    from servicekit.database import Database
    from trading_app.settings import TradingSettings


class Clock(Protocol):
    async def now(self, database: Database) -> datetime: ...


class SystemClock:
    async def now(self, database: Database) -> datetime:  # noqa: ARG002  as every clock
        return datetime.now(UTC)


class MarketClock:
    """Stands at the latest quote: the same quotes give the same times."""

    async def now(self, database: Database) -> datetime:
        return await queries.latest_quote_time(database) or datetime.now(UTC)


def clock_of(settings: TradingSettings) -> Clock:
    return MarketClock() if settings.clock == "market" else SystemClock()


async def venue_clock(request: Request) -> Clock:
    return clock_of(cast("TradingSettings", request.app.state.service.settings))


VenueClock = Annotated[Clock, Depends(venue_clock)]


async def venue_time(clock: VenueClock, database: CurrentDatabase) -> datetime:
    return await clock.now(database)


Now = Annotated[datetime, Depends(venue_time)]
