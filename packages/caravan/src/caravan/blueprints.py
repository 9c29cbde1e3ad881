"""What a database should be: as the migrations make it, and as the models make it, each built to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from psycopg import sql

from caravan import catalog, grants, roles, state
from caravan.catalog import Catalog
from caravan.clearing import clear, is_shared
from caravan.database import Database, driver_connection
from caravan.errors import CaravanError, ReferenceUnmet
from caravan.fleet import Fleet
from caravan.manifest import App
from caravan.migrating import migrate
from caravan.models import metadata_of, references_of
from caravan.report import Report
from caravan.revisions import Revisions
from caravan.scratch import ScratchServer
from caravan.stand_ins import stand_in

PRIVILEGES = (
    "owner",
    "grant",
    "default privileges",
)  # follow from what is declared; neither models nor revisions say


class BrokenModels(CaravanError):
    """{app}'s models cannot make their tables: {reason}"""

    name = "broken-models"


@contextmanager
def migrated(
    scratch: ScratchServer, apps: Mapping[str, App], watching: Callable[[Database], Report] | None = None
) -> Iterator[Database]:
    """Build what the migrations of all apps make.

    Args:
        scratch: where.
        apps: all that are installed.
        watching: makes the report that is told what happens to that database.

    Raises:
        CaravanError: they cannot be applied to an empty database.
    """
    with scratch.empty() as database:
        stand_in(database, apps)
        migrate(database, apps, report=watching(database) if watching else None)
        yield database


def surroundings(app: App, apps: Mapping[str, App]) -> dict[str, App]:
    """Give an app with those it needs: the apps it references and those its revisions require, and what they need.

    Args:
        app: it.
        apps: all that are installed.
    """
    near: dict[str, App] = {}
    waiting = [app.name]
    while waiting:
        name = waiting.pop()
        if name in apps and name not in near:
            near[name] = apps[name]
            waiting += [reference.app for reference in references_of(apps[name])]
            waiting += [required for revision in Revisions.load(apps[name]) for required in revision.requires]
    return near


def migrate_around(database: Database, app: App, near: Mapping[str, App]) -> None:
    """Apply all revisions, although another app may already reference what this one is only about to make.

    Args:
        database: a throwaway one.
        app: the app that is looked at; its own references must fit.
        near: it and what it needs.

    Raises:
        CaravanError: the migrations cannot be applied.
    """
    try:
        migrate(database, near)
    except ReferenceUnmet as problem:
        with database.connect(role="scratch") as connection:
            known = state.read(connection, near.values())
            waiting = any(known[name].pending(Revisions.load(other)) for name, other in near.items())
            if waiting or problem.details["app"] == app.name:
                raise
            grants.synchronise(connection, app, metadata_of(app), references_of(app))


@contextmanager
def modelled(
    scratch: ScratchServer, original: Database, app: App, apps: Mapping[str, App]
) -> Iterator[Database]:
    """Build what one app's models make, among the others as their migrations made them.

    Args:
        scratch: where.
        original: what `migrated` built.
        app: whose models.
        apps: all that are installed.
    """
    with scratch.clone(original) as database:
        with database.connect(role="scratch") as connection:
            clear(connection, app, apps.values())
            roles.prepare(connection, [app])
        create_all(database, app)
        yield database


@contextmanager
def all_modelled(scratch: ScratchServer, apps: Mapping[str, App]) -> Iterator[Database]:
    """Build what the models of all apps make, without any migration.

    Args:
        scratch: where.
        apps: all that are installed.
    """
    fleet = Fleet.load(apps)
    with scratch.empty() as database:
        stand_in(database, apps)
        for name in fleet.preference():
            app = apps[name]
            with database.connect(role="scratch") as connection:
                roles.prepare(connection, [app])
                grants.refuse_unmet(connection, app, fleet.references[name])
                grants.synchronise(connection, app, metadata_of(app), fleet.references[name])
            create_all(database, app)
        yield database


def create_all(database: Database, app: App) -> None:
    """Let an app's models make their tables, as their owner.

    Args:
        database: where; the app's schema exists.
        app: whose models.

    Raises:
        BrokenModels: they cannot.
    """
    try:
        with database.engine().begin() as connection:
            become_owner(driver_connection(connection), app)
            metadata_of(app).create_all(connection)
    except sa.exc.SQLAlchemyError as problem:
        reason = database.without_password(str(getattr(problem, "orig", None) or problem).strip())
        raise BrokenModels(app=app.name, reason=reason) from problem


def become_owner(connection: psycopg.Connection, app: App) -> None:
    """Act as the app's owner until the transaction ends, as its revisions do.

    Args:
        connection: in a transaction, as the login that migrates.
        app: whose owner.
    """
    role = roles.acting_owner(connection, app)
    if role:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


def catalog_of(connection: psycopg.Connection, app: App, apps: Mapping[str, App]) -> Catalog:
    """Read what an app has in a database, without Alembic's table and without owners and grants.

    Args:
        connection: to the database.
        app: whose.
        apps: all that are installed; of a schema that several share, only what its owner owns.
    """
    found = catalog.read(connection, [app.schema])
    if is_shared(app, apps.values()) and roles.exists(connection, app.owner):
        found = found.owned_by(app.owner)
    return found.without_table(app.schema, app.version_table).without(*PRIVILEGES)
