"""The database: its address, and connections to it, without ever showing the password."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from caravan.addresses import normalised
from caravan.errors import (
    CannotConnect,
    CaravanError,
    ConnectionLost,
    DatabaseFailed,
    NoDatabaseUrl,
    NotPermitted,
    OldServer,
    PooledConnection,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

VARIABLE = "DATABASE_URL"
SECRETS = Path("/run/secrets")
"""Where Docker and Kubernetes mount secrets as files."""
_CONNECT_TIMEOUT = 10  # seconds per try
_OLDEST = 16  # the first that tells whether a login may SET ROLE from whether it inherits
_COMING_UP = (  # what a server, or the way to it, says while it is not there yet
    "refused",
    "starting up",
    "shutting down",
    "recovery",
    "No such file or directory",
    "timeout",
    "timed out",
    "could not translate",
    "resolve",
    "Name or service not known",
    "Temporary failure",
    "too many clients",
    "unreachable",
    "closed the connection unexpectedly",
    "reset by peer",
)

_ENDED = (  # what a server says while it ends a session
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.IdleSessionTimeout,
    psycopg.errors.TransactionTimeout,
)


@dataclass(frozen=True)
class Database:
    """One database's address.

    Args:
        url: postgresql://user:password@host:port/database, or a libpq connection string.
    """

    url: str

    def __post_init__(self) -> None:
        """Normalise it and refuse what is no address, without repeating it."""
        object.__setattr__(self, "url", normalised(self.url))

    @classmethod
    def from_environment(cls) -> Database:
        """Take the address from DATABASE_URL, or from a mounted secret of that name.

        Raises:
            NoDatabaseUrl: it is not set.
            BadDatabaseUrl: it is no PostgreSQL address.
        """
        url = os.environ.get(VARIABLE, "").strip()
        mounted = SECRETS / VARIABLE
        if not url and mounted.is_file():
            url = mounted.read_text(encoding="utf-8").strip()
        if not url:
            raise NoDatabaseUrl
        return cls(url)

    @property
    def name(self) -> str:
        """The database's name."""
        parts = conninfo_to_dict(self.url)
        return str(parts.get("dbname") or parts.get("user") or "postgres")

    def __str__(self) -> str:
        """Host, port and name: enough to find it, nothing secret."""
        parts = conninfo_to_dict(self.url)
        host = parts.get("host") or parts.get("hostaddr") or "localhost"
        return f"{host}:{parts.get('port') or 5432}/{self.name}"

    def __repr__(self) -> str:
        """As str(), so that no traceback shows the password."""
        return f"Database({self})"

    def with_name(self, name: str) -> Database:
        """Give another database on the same server."""
        return Database(make_conninfo(self.url, dbname=name))

    def connect(
        self,
        *,
        autocommit: bool = True,
        wait: float = 0.0,
        role: str = "",
        waiting: Callable[[str], None] | None = None,
    ) -> psycopg.Connection:
        """Connect.

        Args:
            autocommit: False for a connection whose statements the caller commits.
            wait: seconds to go on trying while the server is not there yet.
            role: what this connection is for, shown in pg_stat_activity.
            waiting: told the reason, once, when it has to wait.

        Raises:
            CannotConnect: no connection in time, or none is possible (a wrong password, no such database).
            OldServer: its version is one that Caravan does not know.
        """
        began = time.monotonic()
        until = began + wait
        pause, told = 0.1, False
        while True:
            try:
                connection = psycopg.connect(
                    self.url,
                    autocommit=autocommit,
                    application_name=f"caravan {role}".strip(),
                    connect_timeout=self._connect_timeout,
                )
            except psycopg.OperationalError as problem:
                reason = self.without_password(str(problem))
                if time.monotonic() >= until or not _may_come_up(reason):
                    seconds = time.monotonic() - began
                    raise CannotConnect(database=self, seconds=seconds, reason=reason) from None
                if waiting and not told:
                    waiting(reason)
                    told = True
            else:
                self._refuse_old(connection)
                return connection
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 1.5, 2.0)

    def engine(self) -> Engine:
        """Give a SQLAlchemy engine that opens one connection per use.

        SQLAlchemy is imported here and not above: a start with nothing to do does without it.
        """
        from sqlalchemy import NullPool, create_engine  # noqa: PLC0415 - start-up path, see above

        def creator() -> psycopg.Connection:
            return self.connect(autocommit=False, role="migrate")

        # A connection that is given back is closed, and the server rolls back; nothing to do that could fail.
        return create_engine(
            "postgresql+psycopg://", creator=creator, poolclass=NullPool, pool_reset_on_return=None
        )

    @property
    def _connect_timeout(self) -> int:
        """Seconds per try; the address may say so itself."""
        return int(conninfo_to_dict(self.url).get("connect_timeout") or _CONNECT_TIMEOUT)

    def _refuse_old(self, connection: psycopg.Connection) -> None:
        major = connection.info.server_version // 10_000
        if major < _OLDEST:
            connection.close()
            raise OldServer(database=self, major=major)

    def without_password(self, text: str) -> str:
        """Give a text from the server or the driver with the password taken out, should it be there."""
        password = conninfo_to_dict(self.url).get("password")
        return text.replace(str(password), "***") if password else text


def driver_connection(connection: Connection) -> psycopg.Connection:
    """Give the psycopg connection under a SQLAlchemy one; `Database.engine` makes no others."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def refuse_transaction_pooling(database: Database, connection: psycopg.Connection) -> None:
    """Make sure that what is set on a connection stays on it.

    Args:
        database: where it leads.
        connection: an autocommit connection.

    Raises:
        PooledConnection: a proxy gives each transaction another server connection.
    """
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    if row is not None and row[0] == connection.info.backend_pid:
        return
    # A proxy is in between; with session pooling all is well. While a second client keeps the server
    # connection busy, what was set is still there only if it is really ours.
    probe = uuid.uuid4().hex
    connection.execute(sql.SQL("SET caravan.probe = {}").format(sql.Literal(probe)))
    with database.connect(autocommit=False, role="probe") as second:
        second.execute("SELECT 1")
        row = connection.execute("SELECT current_setting('caravan.probe', true)").fetchone()
    if row is None or row[0] != probe:
        raise PooledConnection(database=database)


def failure(database: Database, problem: psycopg.Error) -> CaravanError:
    """Say what an error of the server means where no revision caused it.

    Args:
        database: where it happened.
        problem: what the driver raised.
    """
    reason = database.without_password(str(problem).strip())
    if isinstance(problem, psycopg.errors.InsufficientPrivilege):
        return NotPermitted(what=f"Something Caravan needs in {database}", reason=reason)
    if is_gone(problem):
        return ConnectionLost(database=database, reason=reason)
    return DatabaseFailed(database=database, reason=reason)


def is_gone(problem: BaseException | None) -> bool:
    """Whether an error means that the server is not at the other end any more."""
    lost = isinstance(problem, psycopg.OperationalError) and problem.sqlstate is None
    return lost or isinstance(problem, _ENDED)


def _may_come_up(reason: str) -> bool:
    return any(words in reason for words in _COMING_UP)
