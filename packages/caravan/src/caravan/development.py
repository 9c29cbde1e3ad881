"""For development: the models' difference applied directly, a fresh start, and nothing at all.

Each refuses a database that is marked as protected.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

from caravan import bookkeeping, grants
from caravan.blueprints import all_modelled, become_owner, catalog_of
from caravan.catalog import Catalog
from caravan.clearing import clear
from caravan.database import Database
from caravan.fleet import Fleet
from caravan.generate.drafting import CannotGenerate, proposed
from caravan.generate.trying import Trial, UnsafeEnum
from caravan.lock import DEFAULT_WAIT, RunnerLock
from caravan.manifest import App
from caravan.migrating import bootstrap, migrate
from caravan.models import metadata_of
from caravan.outcome import Outcome
from caravan.report import Report
from caravan.scratch import scratch_server


def push(database: Database, apps: Mapping[str, App], *, only: str | None = None) -> list[str]:
    """Make the database what the models say, without a revision.

    Args:
        database: the one to change.
        apps: all that are installed.
        only: change this app's objects alone.

    Returns:
        The lines that were carried out, as a revision would have them; none if there was nothing to do.

    Raises:
        Protected: the database is not for development.
        CannotGenerate: the models ask for something that cannot be had.
        NoScratchDatabase: there is nowhere to see what the models make.
    """
    _refuse_protected(database, "push")
    bootstrap(database, apps)
    fleet = Fleet.load(apps)
    done: list[str] = []
    with scratch_server(database) as scratch, all_modelled(scratch, apps) as models:
        for name in fleet.preference():
            if only in {None, name}:
                done += _pushed(database, models, fleet, name)
    return done


def reset(database: Database, apps: Mapping[str, App], *, report: Report | None = None) -> Outcome:
    """Drop everything of every app, and migrate from nothing.

    Args:
        database: the one to empty.
        apps: all that are installed.
        report: told what happens.

    Raises:
        Protected: the database is not for development.
        CaravanError: what migrating may run into.
    """
    _emptied(database, apps, "reset")
    return migrate(database, apps, report=report)


def drop(database: Database, apps: Mapping[str, App]) -> None:
    """Drop everything of every app, and Caravan's bookkeeping; roles stay, other databases may use them.

    Args:
        database: the one to empty.
        apps: all that are installed.

    Raises:
        Protected: the database is not for development.
    """
    _emptied(database, apps, "drop")


def _emptied(database: Database, apps: Mapping[str, App], command: str) -> None:
    with RunnerLock(database, wait=DEFAULT_WAIT) as lock:
        bookkeeping.refuse_protected(database, lock.connection, command)
        for app in apps.values():
            clear(lock.connection, app, apps.values())
        _forget(lock.connection)


def _forget(connection: psycopg.Connection) -> None:
    schema = sql.Identifier(bookkeeping.SCHEMA)
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))


def _refuse_protected(database: Database, command: str) -> None:
    with database.connect(role=command) as connection:
        bookkeeping.refuse_protected(database, connection, command)


def _pushed(database: Database, models: Database, fleet: Fleet, name: str) -> list[str]:
    """Bring one app's objects to what its models make, in one transaction."""
    app = fleet.apps[name]
    with models.connect(role="scratch") as connection:
        goal = catalog_of(connection, app, fleet.apps)
    try:
        return _reached(database, fleet, app, goal, commits_labels=False)
    except UnsafeEnum:
        return _reached(database, fleet, app, goal, commits_labels=True)


def _reached(database: Database, fleet: Fleet, app: App, goal: Catalog, *, commits_labels: bool) -> list[str]:
    metadata, references = metadata_of(app), fleet.references[app.name]
    with RunnerLock(database, wait=DEFAULT_WAIT) as lock, database.engine().connect() as connection:
        bookkeeping.refuse_protected(database, lock.connection, "push")
        grants.synchronise(lock.connection, app, metadata, references)
        trial = Trial(connection, lambda raw: catalog_of(raw, app, fleet.apps), commits_labels=commits_labels)
        become_owner(trial.raw, app)
        operations = proposed(connection, app, trial.catalog(), goal)
        trial.imports = operations.imports
        done, left = trial.reach(goal, operations.upgrade)
        if left:
            reason = "; ".join([*trial.problems, *map(str, left)])
            raise CannotGenerate(app=app.name, reason=f"{reason}.")
        connection.commit()
        grants.synchronise(lock.connection, app, metadata, references)
        return done
