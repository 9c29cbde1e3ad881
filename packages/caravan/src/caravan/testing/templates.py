"""One template database per test run, shared by all workers of pytest-xdist: the first one builds it, the last drops it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from caravan.database import Database
from caravan.scratch import PREFIX, drop_database

_BUILDING, _IN_USE = 1, 2
_PAUSE = 0.05  # seconds between two looks whether another worker is done building


@contextmanager
def shared_template(server: Database, key: str, build: Callable[[Database], object]) -> Iterator[Database]:
    """Give a database that is built once per run.

    Args:
        server: any database of the server; the same for all workers.
        key: what tells this template from others, the same in all workers of a run.
        build: fills the new database; when it fails, the next worker tries anew.

    Yields:
        The template; nobody stays connected to it.
    """
    with server.connect(role="tests") as connection:
        template = server.with_name(_joined(connection, server, key, build))
        try:
            yield template
        finally:
            _leave(connection, key, template.name)


def _joined(
    connection: psycopg.Connection, server: Database, key: str, build: Callable[[Database], object]
) -> str:
    with _alone(connection, key):
        name = _existing(connection, key)
        if name is None:
            name = f"{PREFIX}{int(time.time()):x}_{_suffix(key)}"
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            try:
                build(server.with_name(name))
            except BaseException:
                drop_database(connection, name)
                raise
        connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (_number(key), _IN_USE))
    return name


def _leave(connection: psycopg.Connection, key: str, name: str) -> None:
    """Drop the template if nobody else uses it."""
    number = _number(key)
    with _alone(connection, key):
        connection.execute("SELECT pg_advisory_unlock_shared(%s, %s)", (number, _IN_USE))
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (number, _IN_USE)).fetchone()
        if row and row[0]:
            drop_database(connection, name)
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", (number, _IN_USE))


@contextmanager
def _alone(connection: psycopg.Connection, key: str) -> Iterator[None]:
    """Wait, by asking again, until no other worker builds or drops this template."""
    values = (_number(key), _BUILDING)
    while connection.execute("SELECT pg_try_advisory_lock(%s, %s)", values).fetchone() != (True,):
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s, %s)", values)


def _existing(connection: psycopg.Connection, key: str) -> str | None:
    row = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND right(datname, %s) = %s",
        (PREFIX, len(_suffix(key)), _suffix(key)),
    ).fetchone()
    return str(row[0]) if row else None


def _suffix(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _number(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], signed=True)
