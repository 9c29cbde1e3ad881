"""References fit: the owner's models have each declared column with its type, and so has the live database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from caravan import grants, state
from caravan.checks.finding import Finding
from caravan.manifest import App
from caravan.models import metadata_of, references_of
from caravan.references import ReferencedTable
from caravan.revisions import Revisions

NAME = "references"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def check_models(apps: Mapping[str, App]) -> Iterator[Finding]:
    """Compare references with the models of their owners, as far as those are installed.

    Args:
        apps: all that are installed.
    """
    for name, app in apps.items():
        for reference in references_of(app):
            if reference.app in apps:
                for message in _unmet(reference, apps[reference.app]):
                    yield Finding(NAME, name, message)


def check_live(connection: psycopg.Connection, apps: Mapping[str, App]) -> Iterator[Finding]:
    """Compare references with the live database, where their owner has nothing pending.

    Args:
        connection: to the live database.
        apps: all that are installed.
    """
    known = state.read(connection, apps.values())
    behind = {
        name
        for name, app in apps.items()
        if known[name].unknown(Revisions.load(app)) or known[name].pending(Revisions.load(app))
    }
    for name, app in apps.items():
        settled = [reference for reference in references_of(app) if reference.app not in behind]
        for message in grants.unmet(connection, settled):
            yield Finding(NAME, name, f"in the database, {message}")


def _unmet(reference: ReferencedTable, owner: App) -> Iterator[str]:
    where = f"{reference.schema}.{reference.name}"
    tables = {(t.schema or owner.schema, t.name): t for t in metadata_of(owner).tables.values()}
    table = tables.get((reference.schema, reference.name))
    if table is None:
        yield f"{owner.name}'s models have no table {where}"
        return
    for column in reference.table.columns:
        theirs = table.columns.get(column.name)
        if theirs is None:
            yield f"{owner.name}'s models have no column {where}.{column.name}"
        elif _type(theirs) != _type(column):
            yield f"{owner.name}'s models say that {where}.{column.name} is {_type(theirs)}, the reference {_type(column)}"


def _type(column: Column[object]) -> str:
    return column.type.compile(dialect=_DIALECT)
