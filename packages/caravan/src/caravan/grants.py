"""Privileges, derived: what an app's models and references declare is exactly what Postgres allows its roles."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

import psycopg
from psycopg import errors, sql
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql

from caravan import roles
from caravan.errors import NotPermitted, ReferenceUnmet
from caravan.manifest import App
from caravan.references import ReferencedTable, References

_OWN = ("SELECT", "INSERT", "UPDATE", "DELETE")
_INFO = "runtime_privileges"  # Table(..., info={"runtime_privileges": ("SELECT", "INSERT")})
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class Grant(NamedTuple):
    """One privilege of one role on a schema, table, column or sequence."""

    kind: str  # SCHEMA, TABLE or SEQUENCE, as GRANT spells it
    schema: str
    name: str  # empty for a schema
    column: str  # empty for the whole table
    privilege: str
    role: str

    def statement(self, *, revoke: bool) -> sql.Composed:
        """Give the GRANT or REVOKE."""
        column = sql.SQL(" ({})").format(sql.Identifier(self.column)) if self.column else sql.SQL("")
        target = sql.Identifier(self.schema, self.name) if self.name else sql.Identifier(self.schema)
        return sql.SQL("{} {}{} ON {} {} {} {}").format(
            sql.SQL("REVOKE" if revoke else "GRANT"),
            sql.SQL(self.privilege),
            column,
            sql.SQL(self.kind),
            target,
            sql.SQL("FROM" if revoke else "TO"),
            sql.Identifier(self.role),
        )


def synchronise(
    connection: psycopg.Connection, app: App, metadata: MetaData, references: References
) -> list[str]:
    """Grant what is declared and missing, revoke what is there and not declared.

    Args:
        connection: in autocommit, as the login that migrates.
        app: whose roles.
        metadata: its models.
        references: what it uses of others.

    Returns:
        The statements that were carried out.

    Raises:
        NotPermitted: the login may not act as the owner of one of the tables.
    """
    present = [role for role in (app.owner, app.runtime) if roles.exists(connection, role)]
    if not present:
        return []
    there = _relations(connection)
    columns = _columns(connection, references)
    wanted = {
        g
        for g in _declared(app, metadata, references, there)
        if g.role in present and (not g.column or (g.schema, g.name, g.column) in columns)
    }
    with connection.transaction():
        # What is revoked from a whole table goes from its columns too, so grants come second and look again.
        excess = sorted(_actual(connection, app, metadata, there) - wanted)
        done = [_carry_out(connection, grant, revoke=True) for grant in excess]
        missing = sorted(wanted - _actual(connection, app, metadata, there))
        return done + [_carry_out(connection, grant, revoke=False) for grant in missing]


def _carry_out(connection: psycopg.Connection, grant: Grant, *, revoke: bool) -> str:
    owner = _owner(connection, grant)
    statement = grant.statement(revoke=revoke)
    try:
        with roles.acting_as(connection, owner):
            connection.execute(statement)
    except errors.InsufficientPrivilege as problem:
        where = f"{grant.schema}.{grant.name}" if grant.name else f"schema {grant.schema}"
        reason = f"{problem.diag.message_primary}. It takes {owner}, who owns {where}."
        raise NotPermitted(what=statement.as_string(connection), reason=reason) from None
    return statement.as_string(connection)


def unmet(connection: psycopg.Connection, references: Iterable[ReferencedTable]) -> list[str]:
    """Find declared references that the live database does not have, or has with another type.

    Args:
        connection: to the database.
        references: what is declared.

    Returns:
        A sentence for each.
    """
    found: list[str] = []
    for reference in references:
        columns = _types(connection, reference)
        table = f"{reference.schema}.{reference.name}"
        if not columns:
            found.append(f"there is no table {table}")
            continue
        for column in reference.table.columns:
            declared = column.type.compile(dialect=_DIALECT)
            row = connection.execute(
                "SELECT to_regtype(%s)::oid::bigint, to_regtype(%s)::text, format_type(%s, NULL)",
                (declared, declared, columns.get(column.name)),
            ).fetchone()
            if column.name not in columns:
                found.append(f"{table} has no column {column.name}")
            elif row is not None and row[0] is not None and row[0] != columns[column.name]:
                found.append(f"{table}.{column.name} is {row[2]}, not {row[1]}")
    return found


def refuse_unmet(connection: psycopg.Connection, app: App, references: Iterable[ReferencedTable]) -> None:
    """Stop where references do not fit the database.

    Raises:
        ReferenceUnmet: one of them does not.
    """
    problems = unmet(connection, references)
    if problems:
        raise ReferenceUnmet(app=app.name, reason="; ".join(problems))


class Relation(NamedTuple):
    """A table, view or owned sequence that is there."""

    table: str  # the table that a sequence belongs to, else its own name
    owner: str
    is_sequence: bool


Relations = Mapping[tuple[str, str], Relation]


def _own_tables(app: App, metadata: MetaData) -> dict[tuple[str, str], tuple[str, ...]]:
    """The app's tables with what its runtime role may do there."""
    own = {(t.schema or app.schema, t.name): tuple(t.info.get(_INFO, _OWN)) for t in metadata.tables.values()}
    return own | {(app.schema, app.version_table): ("SELECT",)}


def _declared(app: App, metadata: MetaData, references: References, there: Relations) -> Iterator[Grant]:
    yield Grant("SCHEMA", app.schema, "", "", "USAGE", app.runtime)
    own = _own_tables(app, metadata)
    for (schema, name), relation in there.items():
        privileges = own.get((schema, relation.table), ())
        kind = "SEQUENCE" if relation.is_sequence else "TABLE"
        for privilege in ("SELECT", "USAGE") if relation.is_sequence and privileges else privileges:
            yield Grant(kind, schema, name, "", privilege, app.runtime)
    for reference in references:
        yield from _referenced(app, reference)


def _referenced(app: App, reference: ReferencedTable) -> Iterator[Grant]:
    for role in (app.owner, app.runtime):
        yield Grant("SCHEMA", reference.schema, "", "", "USAGE", role)
    for column in reference.columns:
        for privilege, role in (("SELECT", app.runtime), ("SELECT", app.owner), ("REFERENCES", app.owner)):
            yield Grant("TABLE", reference.schema, reference.name, column, privilege, role)


def _columns(
    connection: psycopg.Connection, references: Iterable[ReferencedTable]
) -> set[tuple[str, str, str]]:
    """The columns that the referenced tables really have: what is not there yet cannot be granted yet."""
    return {(r.schema, r.name, column) for r in references for column in _types(connection, r)}


def _types(connection: psycopg.Connection, reference: ReferencedTable) -> dict[str, int]:
    """The live columns of a referenced table with their types' identifiers; none if it is not there."""
    rows = connection.execute(
        "SELECT a.attname, a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped",
        (reference.schema, reference.name),
    )
    return dict(rows.fetchall())


def _relations(connection: psycopg.Connection) -> dict[tuple[str, str], Relation]:
    rows = connection.execute(
        "SELECT n.nspname, c.relname, coalesce(t.relname, c.relname), pg_get_userbyid(c.relowner), c.relkind = 'S'"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass"
        "   AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND c.relkind = 'S'"
        " LEFT JOIN pg_class t ON t.oid = d.refobjid"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND (c.relkind <> 'S' OR t.oid IS NOT NULL)"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    )
    return {(schema, name): Relation(*rest) for schema, name, *rest in rows}


_PRIVILEGES = """
SELECT 'SCHEMA', n.nspname, '', '', a.privilege_type, g.rolname
FROM pg_namespace n, aclexplode(n.nspacl) a JOIN pg_roles g ON g.oid = a.grantee
WHERE g.rolname = ANY(%(roles)s) AND n.nspowner <> g.oid
UNION ALL
SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname, '', a.privilege_type, g.rolname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
     aclexplode(c.relacl) a JOIN pg_roles g ON g.oid = a.grantee
WHERE g.rolname = ANY(%(roles)s) AND c.relowner <> g.oid
UNION ALL
SELECT 'TABLE', n.nspname, c.relname, t.attname, a.privilege_type, g.rolname
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
     aclexplode(t.attacl) a JOIN pg_roles g ON g.oid = a.grantee
WHERE g.rolname = ANY(%(roles)s) AND c.relowner <> g.oid AND NOT t.attisdropped
"""


def _actual(connection: psycopg.Connection, app: App, metadata: MetaData, there: Relations) -> set[Grant]:
    """What the app's roles have on objects that are not theirs to begin with."""
    own = _own_tables(app, metadata)
    rows = connection.execute(_PRIVILEGES, {"roles": [app.owner, app.runtime]})
    return {grant for grant in (Grant(*row) for row in rows) if not _left_alone(grant, app, own, there)}


def _left_alone(grant: Grant, app: App, own: Container[tuple[str, str]], there: Relations) -> bool:
    """Privileges that models and references say nothing about."""
    if grant.kind == "SCHEMA":
        # CREATE on a schema that several apps share was given by bootstrap
        return grant.schema == app.schema and grant.role == app.owner
    relation = there.get((grant.schema, grant.name))
    if relation is None or relation.owner != app.owner:
        return False
    # a table of its own that this version of the code does not have: an older or newer one may need it
    return (grant.schema, relation.table) not in own


def _owner(connection: psycopg.Connection, grant: Grant) -> str | None:
    """Give the role that must grant, or None if that is who we are."""
    if grant.name:
        query = (
            "SELECT c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s"
        )
        row = connection.execute(query, (grant.schema, grant.name)).fetchone()
    else:
        row = connection.execute(
            "SELECT nspowner FROM pg_namespace WHERE nspname = %s", (grant.schema,)
        ).fetchone()
    owner = connection.execute(
        "SELECT rolname FROM pg_roles WHERE oid = %s AND rolname <> current_user"
        " AND NOT (rolname = 'pg_database_owner')",
        (row[0] if row else None,),
    ).fetchone()
    return str(owner[0]) if owner else None
