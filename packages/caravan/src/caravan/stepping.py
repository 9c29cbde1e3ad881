"""One revision after another: as the owner, with patience for locks, with its history row in the same transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import psycopg
import sqlalchemy.exc
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection

from caravan import bookkeeping, failures, roles
from caravan.bookkeeping import Direction
from caravan.database import Database, driver_connection, is_gone
from caravan.errors import CaravanError, RoleChanged, TransactionEnded
from caravan.manifest import App
from caravan.patience import Patience
from caravan.report import Report
from caravan.revisions import Revision
from caravan.scripts import Hooks, carry_out, script_directory

_LONGEST_PAUSE = 30.0  # seconds between two tries to get a table's lock


class Stepper:
    """The connection on which revisions run, held open for the length of a plan."""

    def __init__(
        self, database: Database, apps: Mapping[str, App], report: Report, patience: Patience
    ) -> None:
        """Prepare to run revisions.

        Args:
            database: where.
            apps: whose revisions are to run.
            report: told about tries and results.
            patience: how long to wait for the locks of others.
        """
        self._database = database
        self._apps = apps
        self._report = report
        self._scripts: dict[str, ScriptDirectory]
        self._patience = patience
        self._connection: Connection

    def __enter__(self) -> Self:
        """Import the revisions, so that none is found broken halfway through the plan, and connect.

        Raises:
            BadRevisionFile: one cannot be imported.
        """
        self._scripts = {name: script_directory(app) for name, app in self._apps.items()}
        self._connection = self._database.engine().connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; what was not committed is rolled back."""
        self._connection.close()

    @property
    def _raw(self) -> psycopg.Connection:
        return driver_connection(self._connection)

    def run(self, revision: Revision, direction: Direction) -> float:
        """Carry out one revision, trying again while someone holds a lock it needs.

        Returns:
            How long the successful try took, in seconds.

        Raises:
            LockTimeout: the lock was not to be had in all that time.
            RevisionFailed: the revision itself failed.
            RoleChanged: it ended as another role.
            ConnectionLost: the server went away.
        """
        app = self._apps[revision.app]
        began = time.monotonic()
        pause, tries = 0.25, 0
        while True:
            tries += 1
            started = time.monotonic()
            try:
                self._once(app, revision, direction)
            except (sqlalchemy.exc.DBAPIError, psycopg.Error) as problem:
                left = self._patience.retry - (time.monotonic() - began)
                if not failures.is_locked(problem):
                    is_lost = is_gone(failures.said(problem))
                    raise failures.explained(self._database, revision, problem, is_lost=is_lost) from problem
                if left <= 0:
                    seconds = time.monotonic() - began
                    self._failed(revision, direction, None, seconds)
                    raise failures.no_lock(self._database, revision, problem, tries, seconds) from problem
                wait = min(pause * random.uniform(0.8, 1.2), left)  # noqa: S311 - no secret, just not in step with others
                reason = failures.first_line(self._database, failures.said(problem))
                self._report.retrying(revision, reason, wait)
                time.sleep(wait)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return time.monotonic() - started

    def _once(self, app: App, revision: Revision, direction: Direction) -> None:
        self._settle()
        self._patience.limit(self._raw)  # set anew, for a revision before may have changed it
        entry = None
        if not revision.transactional:
            self._drop_invalid_indexes(app)
            entry = bookkeeping.start(self._raw, revision, direction)
        owner = self._become_owner(app)
        raw, started = self._raw, time.monotonic()

        def begun() -> None:
            self._raw.execute("SELECT set_config('caravan.revision', %s, true)", (str(revision),))

        def ended() -> None:
            self._refuse_ended_transaction(revision)
            self._refuse_changed_role(revision, owner)
            self._raw.execute("RESET ROLE")
            bookkeeping.record(self._raw, revision, direction, entry, time.monotonic() - started)

        try:
            carry_out(
                self._connection, app, self._scripts[app.name], revision, direction, Hooks(begun, ended)
            )
        except BaseException as problem:
            if entry is not None or not failures.is_locked(problem):  # else there is another try
                self._failed(revision, direction, entry, time.monotonic() - started)
            interruption = failures.interruption(problem, revision)
            if interruption is not None:
                raise interruption from None
            if isinstance(problem, CaravanError) or failures.is_locked(problem):
                raise
            raise failures.explained(self._database, revision, problem, is_lost=raw.closed) from problem
        self._settle()

    def _settle(self) -> None:
        """End whatever transaction is open and act as the login again, outside of any transaction."""
        self._connection.rollback()
        self._raw.rollback()
        self._raw.autocommit = True
        self._raw.execute("RESET ROLE")

    def _become_owner(self, app: App) -> str:
        """Act as the owner from here on; SETs must be over before Alembic opens its transaction."""
        raw = self._raw
        role = roles.acting_owner(raw, app)
        if role:
            raw.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        row = raw.execute("SELECT current_user::text").fetchone()
        raw.autocommit = False
        return str(row[0]) if row else ""

    def _refuse_ended_transaction(self, revision: Revision) -> None:
        """A setting that is local to the transaction tells whether it is still the one that was begun."""
        row = self._raw.execute("SELECT current_setting('caravan.revision', true)").fetchone()
        if revision.transactional and (row is None or row[0] != str(revision)):
            raise TransactionEnded(app=revision.app, revision=revision.id, path=revision.path)

    def _refuse_changed_role(self, revision: Revision, owner: str) -> None:
        row = self._raw.execute("SELECT current_user::text").fetchone()
        if row is not None and row[0] != owner:
            raise RoleChanged(app=revision.app, revision=revision.id, role=row[0], owner=owner)

    def _failed(self, revision: Revision, direction: Direction, entry: int | None, seconds: float) -> None:
        """Roll back and keep in the history that it failed, if the server is still there to do so."""
        try:
            self._settle()
            bookkeeping.fail(self._raw, revision, direction, entry, seconds)
        except (psycopg.OperationalError, sqlalchemy.exc.DBAPIError):
            return  # the connection is gone, and the transaction with it

    def _drop_invalid_indexes(self, app: App) -> None:
        found = self._raw.execute(
            "SELECT n.nspname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND n.nspname = %s"
            " AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)"
            " AND pg_has_role(coalesce(%s::name, current_user), c.relowner, 'USAGE')",
            (app.schema, roles.acting_owner(self._raw, app)),
        ).fetchall()
        for schema, name in found:
            self._raw.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(schema, name)))
            self._report.cleaned(f"{schema}.{name}")
