"""How long a revision waits for a table's lock, and for how long it tries again."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psycopg
from psycopg import sql

from caravan.errors import BadSetting

_LONGEST = 2_000_000.0  # seconds; Postgres counts a timeout's milliseconds in 31 bits


@dataclass(frozen=True)
class Patience:
    """How long to wait for others.

    Args:
        timeout: seconds to wait for a lock, while everyone who comes later waits behind.
        retry: seconds in all after which no further try is made.
    """

    timeout: float
    retry: float

    @classmethod
    def from_environment(cls) -> Patience:
        """Read CARAVAN_LOCK_TIMEOUT (3 s) and CARAVAN_LOCK_RETRY (600 s).

        Raises:
            BadSetting: one is no number of seconds; a timeout of 0, with which Postgres waits forever, is none either.
        """
        timeout = _seconds("CARAVAN_LOCK_TIMEOUT", 3.0, least=0.001, words="0.001 or more")
        return cls(timeout, _seconds("CARAVAN_LOCK_RETRY", 600.0, least=0.0, words="0 or more"))

    def limit(self, connection: psycopg.Connection) -> None:
        """Set on a connection how long its revisions wait for others, and that they themselves may take their time.

        Args:
            connection: in autocommit.
        """
        timeout = sql.Literal(f"{round(self.timeout * 1000)}ms")
        connection.execute(sql.SQL("SET lock_timeout = {}").format(timeout))
        # a backend whose client was killed rolls back within seconds, and not when its statement ends
        connection.execute("SET client_connection_check_interval = '2s'")
        # a revision may compute for longer than this server otherwise lets a transaction idle
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        # and between two tries it pauses for longer than this server otherwise lets a session idle
        connection.execute("SET idle_session_timeout = 0")


def _seconds(variable: str, default: float, *, least: float, words: str) -> float:
    value = os.environ.get(variable) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not least <= seconds <= _LONGEST:
        raise BadSetting(variable=variable, value=value, least=words)
    return seconds
