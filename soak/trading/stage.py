"""The trading service's processes, and people who are signed in, on a market that is open."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from soak.processes import Processes, ask_to_finish, free_port, ready
from soak.trading.market import PRICES
from soak.violations import Drain

if TYPE_CHECKING:
    import random
    from pathlib import Path

APIS, WORKERS = 2, 3

SURELY = 1.0
"""Seconds after which an API process has read a request, also where 32 clients and others want the machine."""

_SESSION = """
    INSERT INTO trading.trading_sessions (mic, session_date, time_zone, opens_at, closes_at)
    VALUES ('XNYS', current_date, 'America/New_York', now() - interval '1 hour', now() + interval '7 days')
"""
_INSTRUMENT = """
    INSERT INTO trading.instruments (symbol, name, exchange, fractionable) VALUES (%s, 'Soak', 'NASDAQ', true)
"""
_PERSON = """
    WITH known AS (
        INSERT INTO platform."user" (name, email, role) VALUES ('Soak', %(email)s, %(role)s) RETURNING id
    )
    INSERT INTO platform.session (user_id, token_hash, expires_at, absolute_expires_at)
    SELECT id, %(token_hash)s, now() + interval '7 days', now() + interval '7 days' FROM known RETURNING user_id
"""


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in.

    Args:
        id: the user's.
        token: the session's.
    """

    id: str
    token: str


class Stage:
    """All processes of a run, in one folder.

    Args:
        folder: for data and logs.
    """

    def __init__(self, folder: Path) -> None:
        self.drains = {free_port(): Drain(surely=SURELY) for _ in range(APIS)}
        self.processes = Processes(folder, {"TRADING_PUBLIC_URL": "http://trading.soak"})
        with psycopg.connect(self.processes.url, autocommit=True) as connection:
            connection.execute(_SESSION)
            for symbol in PRICES:
                connection.execute(_INSTRUMENT, [symbol])
        for port in self.drains:
            self.processes.start(f"api-{port}", "trading_app.cli", "serve", "--port", str(port))
        for number in range(WORKERS):
            self.processes.start(f"worker-{number}", "trading_app.cli", "worker")

    async def ready(self) -> None:
        """Wait until every API process says that it is."""
        for port in self.drains:
            await ready(port)

    def person(self, role: str = "user") -> Person:
        """Sign somebody up and in.

        Args:
            role: on the platform; `service` may post quotes.
        """
        token = secrets.token_urlsafe(32)
        values = {
            "email": f"{secrets.token_hex(8)}@example.com",
            "role": role,
            "token_hash": hashlib.sha256(token.encode()).digest(),
        }
        with psycopg.connect(self.processes.url, autocommit=True) as connection:
            row = connection.execute(_PERSON, values).fetchone()
        return Person(str(row[0] if row else ""), token)


class Killer:
    """The ways in which something dies here; what died is started again, and nothing else.

    Args:
        stage: what can be killed.
        chance: decides which.
    """

    def __init__(self, stage: Stage, chance: random.Random) -> None:
        self._stage = stage
        self._processes = stage.processes
        self._chance = chance
        self.ways = {
            "api killed": self._kill_api,
            "api asked to finish": self._ask_api,
            "worker killed": self._kill_worker,
            "worker asked to finish": self._ask_worker,
            "postgres stopped immediately": self._stop_postgres,
        }

    async def _kill_api(self) -> None:
        port = self._chance.choice([*self._stage.drains])
        await asyncio.to_thread(self._processes.kill, f"api-{port}")
        await self._stage.ready()

    async def _ask_api(self) -> None:
        port, drain = self._chance.choice([*self._stage.drains.items()])
        await ask_to_finish(self._processes, f"api-{port}", drain)
        await self._stage.ready()

    async def _kill_worker(self) -> None:
        await asyncio.to_thread(self._processes.kill, self._worker())

    async def _ask_worker(self) -> None:
        await asyncio.to_thread(self._processes.kill, self._worker(), signal.SIGTERM)

    async def _stop_postgres(self) -> None:
        await asyncio.to_thread(self._processes.stop_postgres_immediately)
        await asyncio.sleep(self._chance.uniform(0, 2))
        await asyncio.to_thread(self._processes.start_postgres)
        await self._stage.ready()

    def _worker(self) -> str:
        return f"worker-{self._chance.randrange(WORKERS)}"
