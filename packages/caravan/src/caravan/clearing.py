"""Taking away what an app has in a database: its schema, or in a shared schema the objects that are its own."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from caravan import roles
from caravan.manifest import App
from caravan.models import metadata_of

_OWNED = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
       format('%%I.%%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  AND (pg_get_userbyid(c.relowner) = %(owner)s OR c.relname = ANY (%(tables)s))
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
                  AND x.deptype IN ('e', 'i'))
UNION ALL
SELECT 'ROUTINE', format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
       pg_get_userbyid(p.proowner)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = %(schema)s AND pg_get_userbyid(p.proowner) = %(owner)s
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid
                  AND x.deptype IN ('e', 'i'))
UNION ALL
SELECT 'TYPE', format('%%I.%%I', n.nspname, t.typname), pg_get_userbyid(t.typowner)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = %(schema)s AND t.typtype IN ('e', 'd', 'r') AND pg_get_userbyid(t.typowner) = %(owner)s
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid
                  AND x.deptype = 'e')
"""


def is_shared(app: App, apps: Iterable[App]) -> bool:
    """Whether the app's schema is also another's, or `public`, which is everyone's."""
    return app.schema == "public" or any(o.schema == app.schema and o.name != app.name for o in apps)


def clear(connection: psycopg.Connection, app: App, apps: Iterable[App]) -> None:
    """Drop everything of an app, and what of others depends on it (their foreign keys to it).

    Args:
        connection: in autocommit, as the login that migrates.
        app: whose.
        apps: all that are installed, to know with whom it shares its schema.
    """
    if is_shared(app, apps):
        _clear_objects(connection, app)
    else:
        _drop_schema(connection, app.schema)


def _drop_schema(connection: psycopg.Connection, schema: str) -> None:
    row = connection.execute(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s", (schema,)
    ).fetchone()
    if row is not None:
        with roles.acting_as(connection, _reachable(connection, row[0])):
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def _clear_objects(connection: psycopg.Connection, app: App) -> None:
    tables = [table.name for table in metadata_of(app).tables.values()]
    values = {"schema": app.schema, "owner": app.owner, "tables": [*tables, app.version_table]}
    for kind, name, owner in connection.execute(_OWNED, values).fetchall():
        statement = sql.SQL("DROP {} IF EXISTS {} CASCADE").format(sql.SQL(kind), sql.SQL(name))
        with roles.acting_as(connection, _reachable(connection, owner)):
            connection.execute(statement)


def _reachable(connection: psycopg.Connection, role: str) -> str | None:
    """Give the role to act as for what is its own; None if that is who we are, or if we may not."""
    row = connection.execute(
        "SELECT rolname <> current_user AND pg_has_role(current_user, oid, 'SET') FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    return role if row and row[0] else None
