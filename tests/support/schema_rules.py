"""What a live schema holds, for the rules that every app's tables keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

_OWN_TABLE = "c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'"


@dataclass(frozen=True)
class ForeignKey:
    table: str
    name: str
    columns: tuple[str, ...]
    target_schema: str
    target: str
    target_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True)
class Index:
    table: str
    name: str
    columns: tuple[str, ...]
    unique: bool
    predicate: str | None


@dataclass(frozen=True)
class Enumeration:
    table: str
    column: str
    condition: str
    values: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.table}.{self.column}"


def _rows(connection: psycopg.Connection[Any], query: str, schema: str) -> list[Any]:
    return connection.execute(query.encode(), [schema]).fetchall()


def tables(connection: psycopg.Connection[Any], schema: str) -> set[str]:
    return {
        name for (name,) in _rows(connection, f"SELECT c.relname FROM pg_class c WHERE {_OWN_TABLE}", schema)
    }


def without_comment(connection: psycopg.Connection[Any], schema: str) -> list[str]:
    """Tables and columns that nobody has described."""
    query = f"""
        SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class c
        JOIN (SELECT attrelid, attnum, attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
              UNION ALL SELECT oid, 0, NULL FROM pg_class) a ON a.attrelid = c.oid
        LEFT JOIN pg_description d
          ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
        WHERE d.description IS NULL AND {_OWN_TABLE}
    """
    return [name for (name,) in _rows(connection, query, schema)]


def column_types(connection: psycopg.Connection[Any], schema: str) -> dict[str, str]:
    """Every column's type as Postgres writes it, such as numeric(20,2)."""
    query = f"""
        SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE {_OWN_TABLE}
    """
    return dict(_rows(connection, query, schema))


def nullable_columns(connection: psycopg.Connection[Any], schema: str) -> set[str]:
    query = f"""
        SELECT c.relname || '.' || a.attname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull
        WHERE {_OWN_TABLE}
    """
    return {name for (name,) in _rows(connection, query, schema)}


def foreign_keys(connection: psycopg.Connection[Any], schema: str) -> list[ForeignKey]:
    names = "(SELECT array_agg(attname::text ORDER BY n) FROM unnest({keys}) WITH ORDINALITY k (attnum, n)"
    names += " JOIN pg_attribute a USING (attnum) WHERE a.attrelid = {table})"
    query = f"""
        SELECT c.relname, f.conname, {names.format(keys="f.conkey", table="f.conrelid")},
               t.relnamespace::regnamespace::text, t.relname, {names.format(keys="f.confkey", table="f.confrelid")},
               CASE f.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION'
                                  WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
        FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
        WHERE f.contype = 'f' AND {_OWN_TABLE}
        ORDER BY 1, 2
    """
    return [
        ForeignKey(table, name, tuple(columns), target_schema, target, tuple(target_columns), on_delete)
        for table, name, columns, target_schema, target, target_columns, on_delete in _rows(
            connection, query, schema
        )
    ]


def indexes(connection: psycopg.Connection[Any], schema: str) -> list[Index]:
    """Every index; an expression in place of a column is given as Postgres writes it."""
    query = f"""
        SELECT c.relname, i.indexrelid::regclass::text,
               (SELECT array_agg(pg_get_indexdef(i.indexrelid, n, true) ORDER BY n)
                FROM generate_series(1, i.indnkeyatts) n),
               i.indisunique, pg_get_expr(i.indpred, i.indrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE {_OWN_TABLE}
        ORDER BY 1, 2
    """
    return [
        Index(table, name, tuple(columns), unique, predicate)
        for table, name, columns, unique, predicate in _rows(connection, query, schema)
    ]


def without_index(connection: psycopg.Connection[Any], schema: str) -> list[str]:
    """Foreign keys whose rows Postgres could only find by reading the whole table.

    An index serves a key when it begins with the key's columns, in any order, and leaves out at most the rows
    in which one of them is null.
    """

    def serves(index: Index, key: ForeignKey) -> bool:
        predicates = {None, *(f"({column} IS NOT NULL)" for column in key.columns)}
        begins = set(index.columns[: len(key.columns)]) == set(key.columns)
        return index.table == key.table and begins and index.predicate in predicates

    existing = indexes(connection, schema)
    return [
        key.name
        for key in foreign_keys(connection, schema)
        if not any(serves(index, key) for index in existing)
    ]


def enumerations(connection: psycopg.Connection[Any], schema: str) -> list[Enumeration]:
    """Checks that are named after a text column and list its values."""
    query = f"""
        SELECT c.relname, a.attname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
        WHERE k.contype = 'c' AND a.atttypid = 'text'::regtype
          AND k.conname = 'ck_' || c.relname || '_' || a.attname AND {_OWN_TABLE}
          AND pg_get_constraintdef(k.oid) ~ ('^CHECK \\(\\(' || a.attname || ' = (ANY \\(ARRAY\\[)?''')
        ORDER BY 1, 2
    """
    return [
        Enumeration(table, column, condition, tuple(re.findall(r"'([^']*)'::text", condition)))
        for table, column, condition in _rows(connection, query, schema)
    ]


def make_probe(connection: psycopg.Connection[Any], enumeration: Enumeration) -> sql.Composed:
    """Make a table with that one check on it, and give the INSERT that tries a value."""
    column = sql.Identifier(enumeration.column)
    condition = sql.SQL(enumeration.condition)  # Postgres's own words
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE probe ({} text {})").format(column, condition))
    return sql.SQL("INSERT INTO probe ({}) VALUES (%s)").format(column)


def triggers(connection: psycopg.Connection[Any], schema: str, function: str) -> set[str]:
    """Tables with a trigger that calls the function."""
    query = f"""
        SELECT DISTINCT c.relname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE p.proname = '{function}' AND {_OWN_TABLE}
    """
    return {name for (name,) in _rows(connection, query, schema)}
