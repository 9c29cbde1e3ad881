"""Ownership is respected: models stay in their schema, objects belong to their owner, and no table is a stranger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from caravan import catalog, roles, state
from caravan.catalog import Catalog, Key
from caravan.checks.finding import Finding
from caravan.clearing import is_shared
from caravan.database import Database
from caravan.manifest import App
from caravan.models import metadata_of
from caravan.revisions import Revisions

NAME = "ownership"
_TABLES = ("table", "view", "materialized view", "foreign table")


def check_models(apps: Mapping[str, App]) -> Iterator[Finding]:
    """Find tables in an app's models that are in another schema than its own.

    Args:
        apps: all that are installed.
    """
    for name, app in apps.items():
        for table in metadata_of(app).tables.values():
            if (table.schema or "public") != app.schema:
                where = f"{table.schema or 'public'}.{table.name}"
                advice = "A table of another app is declared in the references"
                yield Finding(
                    NAME, name, f"its models have {where}, outside of schema {app.schema}. {advice}"
                )


def check_owners(connection: psycopg.Connection, apps: Mapping[str, App]) -> Iterator[Finding]:
    """Find objects in an app's schema that belong to another role than its owner.

    Args:
        connection: to the live database.
        apps: all that are installed.
    """
    for name, app in apps.items():
        if is_shared(app, apps.values()) or not roles.exists(connection, app.owner):
            continue
        for key, owner in catalog.read(connection, [app.schema]).of("owner").objects.items():
            if owner != app.owner:
                yield Finding(NAME, name, f"{key.about} belongs to {owner}, not to {app.owner}")


def check_strangers(
    database: Database | None, original: Database, apps: Mapping[str, App]
) -> Iterator[Finding]:
    """Find tables in an app's schema of the live database that no revision makes.

    Args:
        database: the live one, if there is one.
        original: what the migrations make.
        apps: all that are installed; one with unknown or pending revisions is left out.
    """
    if database is None:
        return
    with database.connect(role="check") as connection, original.connect(role="check") as scratch:
        known = state.read(connection, apps.values())
        for name, app in apps.items():
            revisions = Revisions.load(app)
            behind = known[name].unknown(revisions) or known[name].pending(revisions)
            if behind or is_shared(app, apps.values()):
                continue
            made = _tables(catalog.read(scratch, [app.schema]))
            for key in sorted(_tables(catalog.read(connection, [app.schema])) - made):
                yield Finding(NAME, name, f"no revision makes {key}, which is in its schema")


def _tables(found: Catalog) -> set[Key]:
    return set(found.of(*_TABLES))
