from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from servicekit.database import Database
from trading_app.venue.announcing import Announcer
from trading_app.venue.clock import Clock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True)
class Venue:
    """Where orders go: the database, the venue's clock, and how its workers come to know."""

    database: Database
    clock: Clock
    announcer: Announcer

    async def now(self) -> datetime:
        return await self.clock.now(self.database)

    def tell(self, instrument_id: UUID) -> None:
        """Have the workers told that an instrument's orders have changed."""
        self.announcer.tell(instrument_id)


def venue_of(request: Request) -> Venue:
    return cast("Venue", request.app.state.venue)


async def _venue(request: Request) -> Venue:  # async, or FastAPI would give it a thread
    return venue_of(request)


CurrentVenue = Annotated[Venue, Depends(_venue)]
