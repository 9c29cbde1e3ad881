"""Which database errors mean "not now" rather than "wrong"."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError

# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exception, transaction rollback
# (deadlock, serialization), insufficient resources, operator intervention (shutdown, statement_timeout), system error
_CLASSES = ("08", "40", "53", "57", "58")
_CODES = (
    "25006",  # read-only: a failover has left us with a standby
    "25P03",  # idle_in_transaction_session_timeout: our process was too slow
    "55P03",  # lock_timeout
)


def is_outage(error: BaseException) -> bool:
    """Tell whether the same request may succeed a moment later.

    Args:
        error: from psycopg, its pool, or SQLAlchemy around them.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(origin, psycopg.Error):
        return False
    if origin.sqlstate is None:
        # no word from the server: the connection is gone, or the pool had none to give
        return isinstance(origin, (psycopg.OperationalError, psycopg.InterfaceError))
    return origin.sqlstate[:2] in _CLASSES or origin.sqlstate in _CODES
