from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trading_app.seeding import queries
from trading_app.seeding.calendars import MICS, trading_sessions
from trading_app.seeding.listing import listed_instruments
from trading_app.tables import instruments
from trading_app.tables import trading_sessions as sessions_table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True)
class Outcome:
    inserted: int
    updated: int
    unchanged: int

    @classmethod
    def of(cls, rows: int, written: list[bool]) -> Outcome:
        return cls(sum(written), len(written) - sum(written), rows - len(written))

    def __str__(self) -> str:
        return f"{self.inserted} inserted, {self.updated} updated, {self.unchanged} unchanged"


async def seed_instruments(connection: AsyncConnection) -> Outcome:
    """Add what is new, correct names and exchanges; what an operator decided about an instrument stays."""
    rows = listed_instruments()
    written = await queries.upsert(connection, instruments, ["symbol"], rows, kept=["fractionable"])
    return Outcome.of(len(rows), written)


async def seed_sessions(connection: AsyncConnection, first_year: int, last_year: int) -> Outcome:
    rows = [row for mic in MICS for row in trading_sessions(mic, first_year, last_year)]
    written = await queries.upsert(connection, sessions_table, ["mic", "session_date"], rows, kept=[])
    return Outcome.of(len(rows), written)
