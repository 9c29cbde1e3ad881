"""Throwaway databases: made, looked at and dropped, so that what SQL does is measured and not guessed."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from caravan import bookkeeping
from caravan.database import Database
from caravan.errors import REFUSED, CaravanError

VARIABLE = "CARAVAN_SCRATCH_URL"
PREFIX = "caravan_scratch_"  # then the time of creation in hex, so that what was left behind can be told
_PATIENCE = 60.0  # seconds; the server itself waits five at every try
_FORGOTTEN = (
    6 * 3600
)  # seconds after which a database that nobody is connected to was left by a killed process


class NoScratchDatabase(CaravanError):
    """This needs a throwaway database, and none can be made: {reason}. Set CARAVAN_SCRATCH_URL to a development server of the same version on which the login may create databases and roles."""

    name = "no-scratch-database"
    exit_code = REFUSED


class ScratchServer:
    """A server on which throwaway databases may be made."""

    def __init__(self, database: Database, connection: psycopg.Connection) -> None:
        """Use a server.

        Args:
            database: any database on it.
            connection: to that database, in autocommit, open as long as this is used.
        """
        self.database = database
        self._connection = connection

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Make an empty database, dropped afterwards whatever happens."""
        with self._made("template0") as database:
            yield database

    @contextmanager
    def clone(self, original: Database) -> Iterator[Database]:
        """Copy a database to which nobody is connected, dropped afterwards whatever happens."""
        with self._made(original.name) as database:
            yield database

    @contextmanager
    def _made(self, template: str) -> Iterator[Database]:
        name = f"{PREFIX}{int(time.time()):x}_{uuid.uuid4().hex[:12]}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        try:
            self._insist(create)
            self._let_in(name)
            yield self.database.with_name(name)
        finally:
            drop_database(self._connection, name)

    def _insist(self, create: sql.Composed) -> None:
        """Copy the template once its last server process is gone, which on a busy machine takes its time."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                self._connection.execute(create)
            except errors.ObjectInUse:
                if time.monotonic() >= until:
                    raise
            else:
                return

    def _let_in(self, name: str) -> None:
        """Let the roles that may create in the database (schemas, extensions) do so in its copy."""
        rows = self._connection.execute(
            "SELECT r.rolname FROM pg_database d, aclexplode(d.datacl) a JOIN pg_roles r ON r.oid = a.grantee"
            " WHERE d.datname = current_database() AND a.privilege_type = 'CREATE' AND r.oid <> d.datdba"
        )
        for (role,) in rows.fetchall():
            grant = sql.SQL("GRANT CREATE ON DATABASE {} TO {}")
            self._connection.execute(grant.format(sql.Identifier(name), sql.Identifier(role)))

    def sweep(self) -> None:
        """Drop what killed processes left behind long ago."""
        names = self._connection.execute(
            "SELECT datname FROM pg_database d WHERE starts_with(datname, %s)"
            " AND pg_has_role(datdba, 'USAGE')"
            " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
            (PREFIX,),
        ).fetchall()
        for (name,) in names:
            if _age(name) > _FORGOTTEN:
                drop_database(self._connection, name)


@contextmanager
def scratch_server(database: Database | None) -> Iterator[ScratchServer]:
    """Find a server for throwaway databases: CARAVAN_SCRATCH_URL's, else the database's own.

    Args:
        database: the live one; its server is used only if it is not protected and the login may create databases.

    Raises:
        NoScratchDatabase: there is none; its text says what to do.
        CannotConnect: it does not answer.
    """
    url = os.environ.get(VARIABLE, "").strip()
    server = Database(url) if url else database
    if server is None:
        raise NoScratchDatabase(reason="neither DATABASE_URL nor CARAVAN_SCRATCH_URL is set")
    with server.connect(role="scratch") as connection:
        if not url and bookkeeping.is_protected(connection):
            raise NoScratchDatabase(reason=f"{server} is protected, so its server is not the place for it")
        if not _may_create(connection):
            raise NoScratchDatabase(reason=f"the login may not create databases at {server}")
        scratch = ScratchServer(server, connection)
        scratch.sweep()
        yield scratch


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever is connected to it.

    Args:
        connection: to another database of the server, in autocommit.
        name: the database; one that does not exist is fine.
    """
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _may_create(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def _age(name: str) -> float:
    """Give a scratch database's age in seconds, from the time in its name; 0 if there is none."""
    stamp = name.removeprefix(PREFIX).partition("_")[0]
    try:
        return time.time() - int(stamp, 16)
    except ValueError:
        return 0.0
