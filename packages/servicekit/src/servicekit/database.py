"""The database: a psycopg pool, spoken to by SQLAlchemy and, where a bench shows why, directly."""

from __future__ import annotations

import select
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, cast

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from servicekit.statements import StatementCursor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from psycopg.errors import Diagnostic

    from servicekit.settings import ServiceSettings
    from servicekit.statements import Prepared

log = structlog.get_logger("servicekit.database")

CONNECT_TIMEOUT = 5
"""Seconds for a new connection."""

RECONNECT_TIMEOUT = 3.0
"""Seconds of attempts before the pool gives up until the next request: bounds its growing pauses, so that
a Postgres that comes back after an hour is noticed within seconds."""

LOOKUP_CONNECTIONS = 2
"""Kept for `fetch_one` alone, beside the pool: whoever only asks for a session never queues behind a crowd of
transactions. Two, because one statement takes a fraction of a millisecond and there is one event loop."""

VANISHED = {
    "tcp_user_timeout": 15_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""When a server is given up that vanished without a word, as a machine does that fails over to another: the system's
own patience is a quarter of an hour. https://www.postgresql.org/docs/current/libpq-connect.html"""

SESSION = {
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    # what is prepared is planned once: for its values, which are ids and moments, no other plan would be better
    "plan_cache_mode": "force_generic_plan",
}


MOST_STATEMENTS = 100
"""Of one connection, whose cursors are kept: as many as the driver keeps prepared."""


class Connection(psycopg.AsyncConnection[TupleRow]):
    """A connection that lives through many checkouts.

    SQLAlchemy takes each checkout for a new connection and adds its notice handler once more; here it stays one. What
    the connection learns about its prepared statements stays too.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  as the driver has them
        super().__init__(*arguments, **options)
        self._statements: dict[bytes, StatementCursor] = {}

    def statement(self, text: bytes) -> StatementCursor:
        """Give what runs a statement on this connection.

        Args:
            text: the statement's.
        """
        found = self._statements.get(text)
        if found is None:
            if len(self._statements) >= MOST_STATEMENTS:
                self._statements.clear()
            found = self._statements[text] = StatementCursor(self, text)
        return found

    def add_notice_handler(self, callback: Callable[[Diagnostic], None]) -> None:
        """Add what is called with each notice, unless it is there already."""
        if callback not in self._notice_handlers:
            super().add_notice_handler(callback)


class Database:
    """One process's connections to Postgres.

    Args:
        settings: where it is, which role to become, how many connections.
        name: what Postgres shows as application_name.
    """

    def __init__(self, settings: ServiceSettings, *, name: str) -> None:
        self.pool = _pool(settings, name=name, size=settings.database_pool_size, check=self._check)
        lookups = min(LOOKUP_CONNECTIONS, settings.database_pool_size)
        self.lookups = _pool(settings, name=name, size=lookups, check=self._check_lookup)
        self._engine = create_async_engine(
            "postgresql+psycopg://",
            async_creator=self._for_sqlalchemy,
            poolclass=NullPool,
            hide_parameters=True,
        )

    async def __aenter__(self) -> Self:
        """Open the pool without waiting for Postgres: a service starts before its database answers."""
        await self.pool.open(wait=False)
        await self.lookups.open(wait=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._engine.dispose()
        await self.lookups.close()
        await self.pool.close()

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction: committed at the end of the block, rolled back on any exception."""
        return self._engine.begin()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Give a psycopg connection in autocommit mode, for statements that each stand alone."""
        connection = await self.pool.getconn()
        try:
            await _set_autocommit(connection, on=True)
            yield connection
        finally:
            await self.pool.putconn(connection)

    async def fetch_one(self, statement: Prepared, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
        """Run one prepared statement in one round trip, without a transaction's BEGIN and COMMIT.

        Args:
            statement: from `servicekit.statements.prepared`.
            parameters: its values by name.

        Returns:
            The first row by column label, or None.
        """
        connection = await self.lookups.getconn()
        try:
            return await (await statement.run(connection, parameters)).fetchone()
        finally:
            await self.lookups.putconn(connection)

    async def _for_sqlalchemy(self) -> Connection:
        connection = await self.pool.getconn()
        await _set_autocommit(connection, on=False)
        return connection

    async def _check(self, connection: Connection) -> None:
        """Refuse an idle connection whose socket has something to say: that is its end, a restart of Postgres.

        Asking the socket costs no round trip. All its neighbours are looked at too, so that the first request
        after a restart does not have to find each of them dead, one after the other.
        """
        await _check(self.pool, connection)

    async def _check_lookup(self, connection: Connection) -> None:
        await _check(self.lookups, connection)


async def driver(connection: AsyncConnection) -> Connection:
    """Give the psycopg connection under a SQLAlchemy one, for a statement in its transaction.

    Args:
        connection: from `Database.begin`.
    """
    raw = await connection.get_raw_connection()
    return cast("Connection", raw.driver_connection)


def _pool(
    settings: ServiceSettings, *, name: str, size: int, check: Callable[[Connection], Awaitable[None]]
) -> AsyncConnectionPool[Connection]:
    options = SESSION | ({"role": settings.database_role} if settings.database_role else {})
    return AsyncConnectionPool[Connection](
        settings.database_url.get_secret_value(),
        connection_class=Connection,
        kwargs={
            "application_name": name,
            "autocommit": True,
            "connect_timeout": CONNECT_TIMEOUT,
            **VANISHED,
            "options": " ".join(f"-c {key}={_escaped(value)}" for key, value in options.items()),
        },
        min_size=min(2, size),
        max_size=size,
        open=False,
        check=check,
        name=name,
        close_returns=True,
        timeout=settings.database_wait_seconds,
        reconnect_timeout=RECONNECT_TIMEOUT,
    )


async def _check(pool: AsyncConnectionPool[Connection], connection: Connection) -> None:
    if _readable(connection.fileno()):
        log.warning("database_connection_lost")
        await pool.check()
        await pool.check_connection(connection)


async def _set_autocommit(connection: Connection, *, on: bool) -> None:
    # by whoever takes a connection: a reset by the pool would hand each return to a worker task
    if connection.autocommit is not on:
        await connection.set_autocommit(on)


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _escaped(value: str) -> str:
    # libpq splits options at blanks; https://www.postgresql.org/docs/current/libpq-connect.html
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
