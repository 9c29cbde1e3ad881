"""Whoever looks at the database: during a run at what is cheap, at the end at everything."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import psycopg

from soak.trading.acknowledged import lost
from soak.trading.rebuilding import differences
from soak.trading.rules import PROMISES, RULES, broken

if TYPE_CHECKING:
    from soak.trading.course import Course
    from soak.trading.memory import Memory
    from soak.violations import Findings

PATIENCE = 120.0
"""Seconds in which the workers must have filled and ended everything that they can."""

_EVERY = 1.0  # seconds
_UNDONE = """
    SELECT (SELECT count(*) FROM trading.quotes WHERE matched_version < version) + (
        SELECT count(*) FROM trading.orders
        WHERE status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')
          AND (time_in_force IN ('ioc', 'fok') OR limit_price IS NULL
               AND (stop_price IS NULL OR triggered_at IS NOT NULL)))
"""


class Witness:
    """Asks the database of a run.

    Args:
        url: as a superuser.
        findings: what is noted.
    """

    def __init__(self, url: str, findings: Findings) -> None:
        self._url = url
        self._findings = findings
        self.looks = 0

    async def watch(self, course: Course) -> None:
        """Look every second whether something is promised twice, while orders come and go.

        Args:
            course: the run's.
        """
        while not course.over:
            await asyncio.sleep(_EVERY)
            try:
                found = await asyncio.to_thread(self._broken_promises)
            except psycopg.OperationalError:
                continue  # Postgres died, which is what a run is for
            self.looks += 1
            self._findings.violations += found

    async def quiet(self) -> None:
        """Wait until the workers have nothing left to do; enough is offered for every order without a limit."""
        end = time.monotonic() + PATIENCE
        while left := await asyncio.to_thread(self.value, _UNDONE):
            if time.monotonic() > end:
                self._findings.must(
                    f"after {PATIENCE} s {left} quotes and orders wait for a worker", hold=False
                )
                return
            await asyncio.sleep(0.1)

    def judge(self, memory: Memory) -> None:
        """Hold everything against what was acknowledged, against executions, and against the rules.

        Args:
            memory: what was acknowledged.
        """
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("ANALYZE")  # the planner has seen small tables only
        with psycopg.connect(self._url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._findings.violations += lost(connection, memory)
            self._findings.violations += differences(connection)
            self._findings.violations += broken(connection, RULES)

    def nothing_promised(self) -> None:
        """All orders are canceled: nothing is promised any more."""
        self._findings.violations += self._broken_promises()
        left = self.value("SELECT count(*) FROM trading.ledger_accounts WHERE reserved <> 0")
        self._findings.must(f"no order is open, and {left} ledger accounts hold a promise", hold=left == 0)

    def value(self, query: str) -> int:
        """Ask for one number."""
        with psycopg.connect(self._url) as connection:
            row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0

    def _broken_promises(self) -> list[str]:
        with psycopg.connect(self._url) as connection:
            return broken(connection, PROMISES)
