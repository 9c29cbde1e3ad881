"""Reading a catalog: one query per family of objects, however many objects there are."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg.rows import tuple_row

from caravan.catalog import (
    columns,
    comments,
    constraints,
    functions,
    indexes,
    namespaces,
    privileges,
    relations,
    security,
    sequences,
    triggers,
    types,
)
from caravan.catalog.snapshot import Catalog, Key

_FAMILIES = (
    namespaces,
    relations,
    columns,
    constraints,
    indexes,
    triggers,
    functions,
    sequences,
    types,
    security,
    privileges,
    comments,
)


def read(connection: psycopg.Connection, schemas: Sequence[str]) -> Catalog:
    """Read what some schemas hold.

    Args:
        connection: to the database, inside or outside of a transaction; its settings stay what they are.
        schemas: their names; one that does not exist holds nothing.

    Returns:
        Every object in them, and every extension of the database. What belongs to an extension is left out.
    """
    objects: dict[Key, str] = {}
    # Names within definitions are qualified unless the search path finds them: with an empty one, all are.
    with (
        connection.transaction(force_rollback=True),
        connection.cursor(row_factory=tuple_row) as cursor,
    ):
        cursor.execute("SELECT set_config('search_path', 'pg_catalog', true)")
        for family in _FAMILIES:
            cursor.execute(family.QUERY, {"schemas": list(schemas)})
            for kind, schema, name, definition in cursor:
                objects[Key(kind, schema, tuple(name))] = definition
    return Catalog(objects)
