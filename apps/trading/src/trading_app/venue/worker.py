"""The worker: whenever a quote or an order arrives, it matches the instrument. Any number may run."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import structlog
from psycopg import sql

from trading_app.venue import queries
from trading_app.venue.expiring import expire
from trading_app.venue.matching import Busy, match

if TYPE_CHECKING:
    from servicekit.database import Database
    from trading_app.venue.clock import Clock
    from trading_app.venue.model import Model

log = structlog.get_logger("trading.worker")

_AGAIN = 0.02
_PAUSE = 1.0
_ON_THEIR_WAY = 0.1
# Every so many polls it looks for work that nobody told it of.
_SWEEP = 5


class Worker:
    """Matches instruments as notifications tell it to, and looks for itself in between."""

    def __init__(self, database: Database, clock: Clock, model: Model, *, poll: int) -> None:
        self._database = database
        self._clock = clock
        self._model = model
        self._poll = poll
        self._queue: dict[UUID, None] = {}
        self._wake = asyncio.Event()

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until told to stop; the instrument at hand is finished first."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._look())]
        log.info("worker_started")
        try:
            while not stopped.is_set():
                await self._work(stopped)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.info("worker_stopped")

    async def _work(self, stopped: asyncio.Event) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (self._wake, stopped)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        self._wake.clear()
        while self._queue and not stopped.is_set():
            instrument_id = next(iter(self._queue))
            del self._queue[instrument_id]
            await self._match(instrument_id)

    async def _match(self, instrument_id: UUID) -> None:
        try:
            if await match(self._database, self._clock, self._model, instrument_id):
                # an order that was on its way meanwhile knew only the quote before
                self._later(instrument_id, _ON_THEIR_WAY)
        except Busy:
            self._later(instrument_id, _AGAIN)
        except (psycopg.Error, TimeoutError) as error:
            # the database is away or chose us in a deadlock: the transaction is undone, the work still there
            log.warning("worker_match_failed", instrument_id=str(instrument_id), error=type(error).__name__)
            self._later(instrument_id, _PAUSE)

    def _later(self, instrument_id: UUID, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._add, instrument_id)

    def _add(self, instrument_id: UUID) -> None:
        self._queue[instrument_id] = None
        self._wake.set()

    async def _listen(self) -> None:
        while True:
            try:
                async with self._database.connection() as connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(queries.CHANNEL)))
                    await self._sweep()  # what was missed while nobody listened
                    async for notice in connection.notifies():
                        with suppress(ValueError):
                            self._add(UUID(notice.payload))
            except (psycopg.Error, TimeoutError) as error:
                log.warning("worker_listen_failed", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(self._poll)
            turn += 1
            try:
                await expire(self._database, self._clock)
                await (self._sweep() if turn % _SWEEP == 0 else self._unmatched())
            except (psycopg.Error, TimeoutError) as error:
                log.warning("worker_look_failed", error=type(error).__name__)

    async def _sweep(self) -> None:
        at = await self._clock.now(self._database)
        async with self._database.connection() as connection:
            found = await queries.with_work(connection, at)
        for instrument_id in found:
            self._add(instrument_id)

    async def _unmatched(self) -> None:
        async with self._database.connection() as connection:
            found = await queries.unmatched(connection)
        for instrument_id in found:
            self._add(instrument_id)
