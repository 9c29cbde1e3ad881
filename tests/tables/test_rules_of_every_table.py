"""What holds for every table of every app, read from the catalog of the migrated database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import schema_rules

from caravan.manifest import discover
from caravan.models import metadata_of

if TYPE_CHECKING:
    from schema_rules import Enumeration

Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.parametrize("schema", ["platform", "trading"])


def test_the_migrations_make_the_tables_that_the_app_names(connection: Connection, schema: str) -> None:
    named = {table.name for table in metadata_of(discover()[schema]).tables.values()}

    assert schema_rules.tables(connection, schema) == named


def test_every_table_and_column_has_a_comment(connection: Connection, schema: str) -> None:
    assert schema_rules.without_comment(connection, schema) == []


def test_every_foreign_key_has_an_index(connection: Connection, schema: str) -> None:
    assert schema_rules.foreign_keys(connection, schema)
    assert schema_rules.without_index(connection, schema) == []


def test_no_number_is_a_float_and_every_numeric_says_its_precision(
    connection: Connection, schema: str
) -> None:
    kinds = schema_rules.column_types(connection, schema)

    assert {name: kind for name, kind in kinds.items() if re.match(r"real|double|money|numeric$", kind)} == {}


def test_every_point_in_time_has_a_time_zone(connection: Connection, schema: str) -> None:
    kinds = schema_rules.column_types(connection, schema)
    moments = {name: kind for name, kind in kinds.items() if name.endswith("_at")}

    assert moments
    assert set(moments.values()) == {"timestamp with time zone"}
    assert not [name for name, kind in kinds.items() if "without time zone" in kind]


def test_every_id_is_a_uuid_of_version_7(connection: Connection, schema: str) -> None:
    defaults = connection.execute(
        "SELECT table_name, column_default FROM information_schema.columns"
        " WHERE table_schema = %s AND column_name = 'id'",
        [schema],
    ).fetchall()

    assert len(defaults) > 5
    assert {default for _, default in defaults} == {"uuidv7()"}


def test_every_constraint_and_index_is_named_by_the_convention(connection: Connection, schema: str) -> None:
    names = connection.execute(
        "SELECT conrelid::regclass::oid::regclass::text, relname, conname,"
        " CASE contype WHEN 'p' THEN 'pk' WHEN 'u' THEN 'uq' WHEN 'f' THEN 'fk' WHEN 'c' THEN 'ck' END"
        " FROM pg_constraint JOIN pg_class c ON c.oid = conrelid"
        " WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'f', 'c') AND relname <> 'alembic_version'",
        [schema],
    ).fetchall()
    indexes = schema_rules.indexes(connection, schema)

    assert [name for _, table, name, kind in names if not f"{name}_".startswith(f"{kind}_{table}_")] == []
    assert [i.name for i in indexes if not re.search(rf"(pk|uq|ix)_{i.table}(_|$)", i.name)] == []


def test_every_table_with_updated_at_moves_it(connection: Connection, schema: str) -> None:
    columns = schema_rules.column_types(connection, schema)
    with_updated_at = {name.split(".")[0] for name in columns if name.endswith(".updated_at")}

    assert schema_rules.triggers(connection, schema, "touch_updated_at") == with_updated_at


def test_a_table_moves_updated_at_or_never_changes_at_all(connection: Connection, schema: str) -> None:
    touching = schema_rules.triggers(connection, schema, "touch_updated_at")
    refusing = schema_rules.triggers(connection, schema, "refuse_change")

    assert touching.isdisjoint(refusing)
    assert touching | refusing == schema_rules.tables(connection, schema)


def test_the_runtime_role_may_change_only_what_is_not_append_only(
    connection: Connection, schema: str
) -> None:
    may_change = connection.execute(
        "SELECT DISTINCT table_name FROM information_schema.role_table_grants WHERE table_schema = %s"
        " AND grantee = %s AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')",
        [schema, f"{schema}_runtime"],
    ).fetchall()

    assert may_change
    refusing = schema_rules.triggers(connection, schema, "refuse_change")
    assert refusing.isdisjoint(name for (name,) in may_change)


def test_every_enumeration_accepts_its_own_values_and_no_other(connection: Connection, schema: str) -> None:
    found = schema_rules.enumerations(connection, schema)

    assert found
    for enumeration in found:
        assert enumeration.values, enumeration.full_name
        _try(connection, enumeration)


def _try(connection: Connection, enumeration: Enumeration) -> None:
    insert = schema_rules.make_probe(connection, enumeration)
    for value in enumeration.values:
        connection.execute(insert, [value])
    for foreign in ("", "no-such-value", f"{enumeration.values[0]} ", enumeration.values[0].swapcase()):
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(insert, [foreign])
    connection.execute("DROP TABLE probe")
