"""Caravan's own tables, in schema caravan: what was applied when by whom, and what each app last declared."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import class_row

from caravan.database import Database
from caravan.errors import Protected
from caravan.revisions import Revision

SCHEMA = "caravan"
Direction = Literal["up", "down"]

_TABLES = """
CREATE SCHEMA IF NOT EXISTS caravan;
CREATE TABLE IF NOT EXISTS caravan.history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app text NOT NULL,
    revision text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    status text NOT NULL CHECK (status IN ('started', 'finished', 'failed')),
    checksum text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    seconds double precision,
    applied_by text NOT NULL DEFAULT session_user,
    code_version text
);
CREATE TABLE IF NOT EXISTS caravan.revisions (
    app text NOT NULL,
    revision text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (app, revision)
);
CREATE TABLE IF NOT EXISTS caravan.apps (
    app text PRIMARY KEY,
    schema text NOT NULL,
    declared_checksum text NOT NULL,
    code_version text,
    migrated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS caravan.settings (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    protected boolean NOT NULL DEFAULT false
);
INSERT INTO caravan.settings DEFAULT VALUES ON CONFLICT DO NOTHING;
COMMENT ON SCHEMA caravan IS 'What Caravan applied, when, and by whom; written by caravan only';
"""

_ENTRY: LiteralString = "app, revision, direction, status, started_at, seconds, applied_by, code_version"


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    app: str
    revision: str
    direction: str
    status: str
    started_at: datetime
    seconds: float | None
    applied_by: str
    code_version: str | None


def exists(connection: psycopg.Connection) -> bool:
    """Whether this database has the bookkeeping."""
    row = connection.execute("SELECT to_regclass('caravan.settings') IS NOT NULL").fetchone()
    return bool(row and row[0])


def create(connection: psycopg.Connection) -> None:
    """Make schema caravan and its tables where they are missing."""
    if not exists(connection):
        with connection.transaction():
            connection.execute(_TABLES)


def code_version() -> str | None:
    """The version of the code that migrates, from CARAVAN_CODE_VERSION (a commit or an image tag)."""
    return os.environ.get("CARAVAN_CODE_VERSION") or None


def start(connection: psycopg.Connection, revision: Revision, direction: Direction) -> int:
    """Write that a revision was begun, for one that cannot be a single transaction.

    Returns:
        The history entry's id.
    """
    return _insert(connection, revision, direction, "started", None)


def fail(
    connection: psycopg.Connection,
    revision: Revision,
    direction: Direction,
    entry: int | None,
    seconds: float,
) -> None:
    """Write that a revision failed.

    Args:
        connection: one outside the transaction that failed.
        revision: which.
        direction: up or down.
        entry: the id that `start` gave, if it was begun.
        seconds: how long it ran.
    """
    if entry is None:
        _insert(connection, revision, direction, "failed", seconds)
    else:
        _finish(connection, entry, "failed", seconds)


def record(
    connection: psycopg.Connection,
    revision: Revision,
    direction: Direction,
    entry: int | None,
    seconds: float,
) -> None:
    """Write that a revision was carried out; called in its own transaction, so that both commit together."""
    if entry is None:
        _insert(connection, revision, direction, "finished", seconds)
    else:
        _finish(connection, entry, "finished", seconds)
    if direction == "up":
        note_applied(connection, revision)
    else:
        connection.execute(
            "DELETE FROM caravan.revisions WHERE app = %s AND revision = %s", (revision.app, revision.id)
        )


def note_applied(connection: psycopg.Connection, revision: Revision) -> None:
    """Keep the checksum of a revision that is applied."""
    connection.execute(
        "INSERT INTO caravan.revisions (app, revision, checksum) VALUES (%s, %s, %s)"
        " ON CONFLICT (app, revision) DO UPDATE SET checksum = excluded.checksum",
        (revision.app, revision.id, revision.checksum),
    )


def has(connection: psycopg.Connection, app: str, revision: str) -> bool:
    """Whether a revision is applied to this database, also one of an app that is not installed here."""
    query = "SELECT 1 FROM caravan.revisions WHERE app = %s AND revision = %s"
    return exists(connection) and connection.execute(query, (app, revision)).fetchone() is not None


def note_declared(connection: psycopg.Connection, app: str, schema: str, declared_checksum: str) -> None:
    """Keep the checksum of what an app declares, now that the privileges follow it."""
    connection.execute(
        "INSERT INTO caravan.apps (app, schema, declared_checksum, code_version) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (app) DO UPDATE SET schema = excluded.schema, migrated_at = clock_timestamp(),"
        " declared_checksum = excluded.declared_checksum, code_version = excluded.code_version",
        (app, schema, declared_checksum, code_version()),
    )


def history(connection: psycopg.Connection, app: str | None = None) -> list[Entry]:
    """Give the history, oldest first.

    Args:
        connection: to the database.
        app: only this app's.
    """
    query = f"SELECT {_ENTRY} FROM caravan.history WHERE %(app)s::text IS NULL OR app = %(app)s ORDER BY id"
    return _entries(connection, query, {"app": app})


def newest(connection: psycopg.Connection) -> list[Entry]:
    """Give the last history entry of each revision of each app."""
    query = (
        f"SELECT DISTINCT ON (app, revision) {_ENTRY} FROM caravan.history ORDER BY app, revision, id DESC"
    )
    return _entries(connection, query)


def is_protected(connection: psycopg.Connection) -> bool:
    """Whether this database is marked as one that development commands must leave alone."""
    if not exists(connection):
        return False
    row = connection.execute("SELECT protected FROM caravan.settings").fetchone()
    return bool(row and row[0])


def protect(connection: psycopg.Connection, *, protected: bool) -> None:
    """Mark the database as protected, or lift that."""
    create(connection)
    connection.execute("UPDATE caravan.settings SET protected = %s", (protected,))


def refuse_protected(database: Database, connection: psycopg.Connection, command: str) -> None:
    """Stop a development command on a protected database.

    Raises:
        Protected: it is one.
    """
    if is_protected(connection):
        raise Protected(database=database, command=command)


def _entries(
    connection: psycopg.Connection, query: LiteralString, values: Mapping[str, object] | None = None
) -> list[Entry]:
    if not exists(connection):
        return []
    with connection.transaction(), connection.cursor(row_factory=class_row(Entry)) as cursor:
        cursor.execute("SET LOCAL DateStyle = 'ISO'")  # the only style that the driver reads
        cursor.execute(query, values)
        return cursor.fetchall()


def _insert(
    connection: psycopg.Connection,
    revision: Revision,
    direction: Direction,
    status: str,
    seconds: float | None,
) -> int:
    values: dict[str, Any] = {
        "app": revision.app,
        "revision": revision.id,
        "direction": direction,
        "status": status,
        "checksum": revision.checksum,
        "seconds": seconds,
        "version": code_version(),
    }
    row = connection.execute(
        "INSERT INTO caravan.history"
        " (app, revision, direction, status, checksum, started_at, finished_at, seconds, code_version)"
        " VALUES (%(app)s, %(revision)s, %(direction)s, %(status)s, %(checksum)s,"
        " clock_timestamp() - make_interval(secs => coalesce(%(seconds)s::double precision, 0)),"
        " CASE WHEN %(seconds)s::double precision IS NOT NULL THEN clock_timestamp() END,"
        " %(seconds)s, %(version)s) RETURNING id",
        values,
    ).fetchone()
    return int(row[0]) if row else 0


def _finish(connection: psycopg.Connection, entry: int, status: str, seconds: float) -> None:
    connection.execute(
        "UPDATE caravan.history SET status = %s, finished_at = clock_timestamp(), seconds = %s WHERE id = %s",
        (status, seconds, entry),
    )
