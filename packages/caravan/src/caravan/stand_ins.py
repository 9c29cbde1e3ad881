"""Stand-ins for apps that are not installed here: their tables as far as references declare them.

A service's container, or a repository of its own, has one app only. What others make of it is known from the references.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from caravan import bookkeeping
from caravan.database import Database
from caravan.manifest import App
from caravan.models import references_of
from caravan.references import ReferencedTable
from caravan.revisions import Revisions


def stand_in(database: Database, apps: Mapping[str, App]) -> None:
    """Make what the apps that are here reference and require of those that are not.

    Args:
        database: a throwaway one, still empty.
        apps: all that are installed.
    """
    absent = [
        reference for app in apps.values() for reference in references_of(app) if reference.app not in apps
    ]
    if absent:
        with database.engine().begin() as connection:
            for schema in {reference.schema for reference in absent}:
                connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
            _merged(absent).create_all(connection)
    note(database, _required(apps))


def note(database: Database, required: Iterable[tuple[str, str]]) -> None:
    """Keep that revisions of absent apps are applied, as their own migrate would.

    Args:
        database: a throwaway one.
        required: app and revision of each.
    """
    values = sorted(set(required))
    if values:
        statement = "INSERT INTO caravan.revisions (app, revision, checksum) VALUES (%s, %s, '') ON CONFLICT DO NOTHING"
        with database.connect(role="scratch") as connection, connection.cursor() as cursor:
            bookkeeping.create(connection)
            cursor.executemany(statement, values)


def newest(database: Database, app: str) -> str | None:
    """Give the revision of an absent app that was applied last to the live database.

    Args:
        database: the live one.
        app: the app's name.
    """
    query = (  # the history's order and not its times: a clock may have been set back
        "SELECT r.revision FROM caravan.revisions r LEFT JOIN caravan.history h USING (app, revision)"
        " WHERE r.app = %s ORDER BY h.id DESC NULLS LAST, r.applied_at DESC LIMIT 1"
    )
    with database.connect(role="generate") as connection:
        row = connection.execute(query, (app,)).fetchone() if bookkeeping.exists(connection) else None
    return str(row[0]) if row else None


def _merged(references: Iterable[ReferencedTable]) -> sa.MetaData:
    """Give each referenced table once, with the columns that any app declares."""
    merged = sa.MetaData()
    for reference in references:
        known = merged.tables.get(f"{reference.schema}.{reference.name}")
        names = set(known.columns.keys()) if known is not None else set()
        # What a column refers to is its owner's business.
        columns = [
            sa.Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable, unique=c.unique)
            for c in reference.table.columns
            if c.name not in names
        ]
        sa.Table(reference.name, merged, *columns, schema=reference.schema, extend_existing=True)
    return merged


def _required(apps: Mapping[str, App]) -> Iterator[tuple[str, str]]:
    for app in apps.values():
        for revision in Revisions.load(app):
            yield from ((name, needed) for name, needed in revision.requires.items() if name not in apps)
