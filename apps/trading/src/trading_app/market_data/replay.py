"""Sends a recording to the venue, transaction by transaction, and remembers in each how far it came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trading_app.commands import CommandFailed
from trading_app.market_data import queries
from trading_app.market_data.recordings import BadRecording, Position, Recording
from trading_app.market_data.service import take_in
from trading_app.market_data.steps import steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from servicekit.database import Database
    from trading_app.market_data.service import Taken
    from trading_app.market_data.updates import Update

_BATCH = 1_000
_NOWHERE = Position(0, 0)
_SHORTEST_WAIT, _SHORTEST_POLL, _LONGEST_POLL = 0.001, 0.002, 0.01


@dataclass(frozen=True)
class Pace:
    """How fast a recording goes, and how far.

    Args:
        speed: seconds of the market in a second of ours; None: as fast as it is read.
        lockstep: one update at a time, the next only when the workers have matched it.
        patience: seconds that lockstep waits for the workers.
        until: nothing of this time or later is sent.
    """

    speed: float | None = None
    lockstep: bool = False
    patience: float = 60.0
    until: datetime | None = None


@dataclass
class Tally:
    accepted: int = 0
    duplicates: int = 0
    outdated: int = 0

    def add(self, taken: Taken) -> None:
        self.accepted += taken.accepted
        self.duplicates += taken.duplicates
        self.outdated += taken.outdated


@dataclass
class Replay:
    """One run through a recording, from where the last one stopped.

    Args:
        database: where quotes are.
        recording: the file.
        pace: how fast.
        on_bad_line: told of each line that is wrong; it raises, or the line is left out.
        on_progress: called after each transaction.
        stopping: set from outside to end the run after the transaction that is under way.
    """

    database: Database
    recording: Recording
    pace: Pace
    on_bad_line: Callable[[BadRecording], None]
    on_progress: Callable[[Replay], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    tally: Tally = field(default_factory=Tally)
    finished: bool = False
    paused: bool = False
    began: Position = _NOWHERE
    reached: Position = _NOWHERE
    _stored: Position = _NOWHERE
    _pending: list[Update] = field(default_factory=list)
    _ids: dict[str, UUID] = field(default_factory=dict)
    _first: tuple[float, datetime] | None = None

    async def begin(self, *, restart: bool = False) -> None:
        """Find out where to go on; `finished` is true if that is the end."""
        async with self.database.begin() as connection:
            self._ids = await queries.ids_of(connection)
            row = await queries.begin_replay(
                connection,
                self.recording.fingerprint,
                name=self.recording.path.name,
                start=self.recording.start,
                restart=restart,
            )
            if not self._ids:
                raise CommandFailed("there are no instruments yet: run `trading seed` first")
        self.began = self.reached = self._stored = Position(row["line"], row["byte_offset"])
        self.finished = row["finished_at"] is not None

    async def run(self) -> None:
        """Replay until the end, as far as wanted, until a line that is wrong, or until it is stopped."""
        try:
            await self._send_all()
        except BadRecording:
            await self._flush()
            raise
        await self._flush(end=not (self.paused or self.stopping.is_set()))

    async def _send_all(self) -> None:
        for step in steps(self.recording, self.began, self._ids, self.on_bad_line):
            for update in step.updates:
                if self.pace.until is not None and update.at >= self.pace.until:
                    self.paused = True
                    return
                await self._wait_until_due(update.at)
                if self.stopping.is_set():
                    return
                self._pending.append(update)
                if update is step.updates[-1]:
                    self.reached = step.behind
                if self.pace.lockstep or len(self._pending) >= _BATCH:
                    await self._flush()

    async def _flush(self, *, end: bool = False) -> None:
        updates, self._pending = self._pending, []
        if not updates and self.reached == self._stored and not end:
            return
        async with self.database.begin() as connection:
            taken = await take_in(connection, updates, self._ids) if updates else None
            moved = await queries.move_replay(
                connection, self.recording.fingerprint, since=self._stored, to=self.reached, end=end
            )
            if not moved:
                raise CommandFailed(f"{self.recording.path} is being replayed by another process as well")
        self._stored, self.finished = self.reached, end
        if taken is not None:
            self.tally.add(taken)
            if self.pace.lockstep:
                await self._until_matched(taken.versions)
        self.on_progress(self)

    async def _wait_until_due(self, at: datetime) -> None:
        if self.pace.speed is None:
            return
        now = asyncio.get_running_loop().time()
        if self._first is None:
            self._first = (now, at)
        started, first = self._first
        wait = started + (at - first).total_seconds() / self.pace.speed - now
        if wait > _SHORTEST_WAIT:
            await self._flush()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), wait)

    async def _until_matched(self, versions: dict[UUID, int]) -> None:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self.pace.patience, _SHORTEST_POLL
        for instrument_id, version in versions.items():
            while await queries.matched_version(self.database, instrument_id) < version:
                if self.stopping.is_set():
                    return
                if loop.time() > deadline:
                    raise CommandFailed(
                        f"no worker has matched line {self.reached.line + 1} within {self.pace.patience:g} s: "
                        "is `trading worker` running?"
                    )
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_POLL)
