"""What an app's env.py calls, so that plain `alembic` does to its schema exactly what Caravan does.

Plain `alembic upgrade`, `downgrade`, `stamp`, `check` and `revision --autogenerate` work in an app's folder:
they take DATABASE_URL, act as the app's owner, see only the app's own tables and keep Caravan's bookkeeping.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from alembic import context
from alembic.runtime.migration import MigrationInfo
from alembic.util import CommandError
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.sql.schema import SchemaItem

from caravan import bookkeeping, grants, plan, roles, state
from caravan.database import Database, driver_connection
from caravan.errors import CaravanError
from caravan.lock import DEFAULT_WAIT, RunnerLock
from caravan.manifest import App, discover, named
from caravan.models import metadata_of, references_of
from caravan.patience import Patience
from caravan.revisions import Revision, Revisions
from caravan.scripts import version_options


def run(name: str) -> None:
    """Run whatever Alembic command is under way for one app.

    Args:
        name: the app's, as in its caravan.toml.

    Raises:
        CommandError: no database, another runner, or something not permitted; `alembic` prints it as its own.
    """
    try:
        apps = discover()
        app = named(apps, name)
        if context.is_offline_mode():
            _offline(app)
        else:
            _online(app, apps, Database.from_environment())
    except CaravanError as problem:
        raise CommandError(f"error[{problem.name}]: {problem}") from problem


def comparison_options(app: App) -> dict[str, Any]:
    """Give the options of `context.configure` under which autogenerate sees an app's own tables and nothing else."""
    metadata = metadata_of(app)
    own = {(table.schema or app.schema, table.name) for table in metadata.tables.values()}

    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        if kind != "schema":
            return True
        # Called before anything is read, and only to compare: until the transaction ends nothing is on the search
        # path, so that keys into schema public are read with its name, as the references write it.
        context.get_bind().execute(text("SET LOCAL search_path = pg_catalog"))
        return name == app.schema

    def include_object(
        item: SchemaItem,
        name: str | None,
        kind: str,
        reflected: bool,  # noqa: FBT001 - Alembic's signature
        _other: object,
    ) -> bool:
        if kind != "table" or not reflected:
            return True
        schema = getattr(item, "schema", None) or app.schema
        shares = app.version_table != "alembic_version"  # then other apps may have tables in this schema
        return name != app.version_table and ((schema, name) in own or not shares)

    return {
        "target_metadata": metadata,
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "compare_server_default": True,
    }


def _offline(app: App) -> None:
    context.configure(
        dialect_name="postgresql", literal_binds=True, **version_options(app), **comparison_options(app)
    )
    with context.begin_transaction():
        owner = sql.Identifier(app.owner).as_string(None)
        context.execute(f"SET ROLE {owner}")
        context.run_migrations()
        context.execute("RESET ROLE")


def _online(app: App, apps: Mapping[str, App], database: Database) -> None:
    with database.engine().connect() as connection:
        # Alembic drops the default schema's name, and would not recognise models that say schema="public"
        connection.dialect.default_schema_name = None
        raw = driver_connection(connection)
        context.configure(
            connection=connection,
            on_version_apply=_recorder(raw, app, apps),
            **version_options(app),
            **comparison_options(app),
        )
        if context.get_context().opts.get("dont_mutate"):  # alembic current
            _run(raw, app)
            return
        with RunnerLock(database, wait=DEFAULT_WAIT) as lock:
            roles.prepare(lock.connection, [app])
            bookkeeping.create(lock.connection)
            metadata, references = metadata_of(app), references_of(app)
            grants.synchronise(lock.connection, app, metadata, references)
            _run(raw, app)
            grants.synchronise(lock.connection, app, metadata, references)


def _run(raw: psycopg.Connection, app: App) -> None:
    """Run the command as the app's owner."""
    raw.autocommit = True  # a SET in a transaction of its own would keep Alembic from committing
    Patience.from_environment().limit(raw)
    _become_owner(raw, app)
    raw.autocommit = False
    with context.begin_transaction():
        context.run_migrations()


def _become_owner(raw: psycopg.Connection, app: App) -> None:
    owner = roles.acting_owner(raw, app)
    if owner:
        raw.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))


def _recorder(raw: psycopg.Connection, app: App, apps: Mapping[str, App]) -> Callable[..., None]:
    revisions = Revisions.load(app)
    began = time.monotonic()

    def record(*, step: MigrationInfo, **_details: object) -> None:
        raw.execute("RESET ROLE")
        moved = step.up_revision_ids if step.is_upgrade else (step.up_revision_id,)
        for identifier in moved:
            if identifier is not None and identifier in revisions:
                direction: bookkeeping.Direction = "up" if step.is_upgrade else "down"
                if not step.is_stamp:
                    _refuse_out_of_turn(raw, apps, revisions[identifier], direction)
                bookkeeping.record(raw, revisions[identifier], direction, None, time.monotonic() - began)
        _become_owner(raw, app)

    return record


def _refuse_out_of_turn(
    raw: psycopg.Connection, apps: Mapping[str, App], revision: Revision, direction: bookkeeping.Direction
) -> None:
    """Alembic knows one app alone, and nothing of what the others require or are required for."""
    if direction == "up":
        plan.refuse_unmet(revision, lambda app, required: bookkeeping.has(raw, app, required))
        return
    known = state.read(raw, apps.values())
    revisions = {name: Revisions.load(app) for name, app in apps.items()}
    applied = {name: known[name].applied(them) for name, them in revisions.items()}
    plan.refuse_required(revisions, applied, [revision])
