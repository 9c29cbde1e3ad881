"""Telling the workers which instruments have work for them.

Not in the transaction that places an order: Postgres lets only one transaction that notifies commit at a time. Here,
once orders are in the book, one statement tells of all instruments that some came in for since the last. Should this
process die in between, the workers find the orders when they look for themselves.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import structlog

from trading_app.venue import queries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from servicekit.database import Database

log = structlog.get_logger("trading.venue")

_PAUSE = 1.0
"""Seconds before it is tried again while the database is away."""


class Announcer:
    """Collects instruments and tells the workers of them.

    Args:
        database: through which they are told.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._instruments: set[UUID] = set()
        self._wake = asyncio.Event()

    def tell(self, instrument_id: UUID) -> None:
        self._instruments.add(instrument_id)
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Announce until the block ends, and what was told last too."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(psycopg.Error, TimeoutError):
                await self._announce()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._announce()
            except (psycopg.Error, TimeoutError) as error:
                log.warning("announcement_failed", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)
                self._wake.set()

    async def _announce(self) -> None:
        told = frozenset(self._instruments)
        if told:
            async with self._database.connection() as connection:
                await queries.announce(connection, told)
            self._instruments -= told
