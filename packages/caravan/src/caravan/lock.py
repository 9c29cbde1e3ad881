"""One runner at a time: a session advisory lock, polled.

A blocking waiter would deadlock with CREATE INDEX CONCURRENTLY, which waits for every transaction to end,
the waiter's own included. So nobody waits inside Postgres; everyone asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psycopg

from caravan.database import Database, refuse_transaction_pooling
from caravan.errors import ConnectionLost, RunnerLocked

DEFAULT_WAIT = 60.0  # seconds to wait for another runner
_KEY = 0x6361726176616E  # "caravan"
_HOLDER = """
SELECT a.application_name, a.pid, a.usename, coalesce(host(a.client_addr), 'a local socket'),
       to_char(coalesce(a.backend_start, now()), 'YYYY-MM-DD HH24:MI:SS TZ')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = %s
"""


class RunnerLock:
    """The right to change this database, held for as long as the context lasts."""

    def __init__(
        self,
        database: Database,
        *,
        wait: float,
        waiting: Callable[[str], None] | None = None,
        server_wait: float = 0.0,
    ) -> None:
        """Prepare to take the lock.

        Args:
            database: whose.
            wait: seconds to wait for another runner to finish.
            waiting: told, once, what is waited for.
            server_wait: seconds to wait for the server to come up.
        """
        self._database = database
        self._wait = wait
        self._waiting = waiting
        self._server_wait = server_wait
        self.connection: psycopg.Connection

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            CannotConnect: the server is not there.
            PooledConnection: a proxy in between would make the lock meaningless.
            RunnerLocked: another runner still holds it at the end of the wait.
        """
        self.connection = self._database.connect(wait=self._server_wait, role="runner", waiting=self._waiting)
        try:
            refuse_transaction_pooling(self._database, self.connection)
            # it idles while revisions run, however soon this server otherwise ends an idle session
            self.connection.execute("SET idle_session_timeout = 0")
            self._acquire()
        except BaseException:
            self.connection.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back; a lost connection has given it back already."""
        self.connection.close()

    def confirm(self) -> None:
        """Make sure that the lock is still ours.

        Raises:
            ConnectionLost: its connection is gone, and the lock with it.
        """
        try:
            self.connection.execute("SELECT 1")
        except psycopg.OperationalError as problem:
            reason = self._database.without_password(str(problem).strip())
            raise ConnectionLost(database=self._database, reason=reason) from None

    def _acquire(self) -> None:
        until = time.monotonic() + self._wait
        pause, told = 0.05, False
        while not self._try():
            if time.monotonic() >= until:
                raise RunnerLocked(holder=self._holder(), seconds=self._wait)
            if self._waiting and not told:
                self._waiting(f"another caravan is at work: {self._holder()}")
                told = True
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 1.5, 0.5)

    def _try(self) -> bool:
        row = self.connection.execute("SELECT pg_try_advisory_lock(%s)", (_KEY,)).fetchone()
        return bool(row and row[0])

    def _holder(self) -> str:
        row = self.connection.execute(_HOLDER, (_KEY,)).fetchone()
        if row is None:
            return "one that has just finished"
        application, pid, user, address, since = row
        return f"{application} (process {pid}, {user} from {address}, since {since})"
