"""Names that need quoting work everywhere: app, schema, role, table, column, database."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from workshop import ToyApp, Workshop

NAMES = [
    'weird "name"',
    "select",
    "Ünïcode$ name",
    "per%cent",
    "a.b",
    "it's",
    "back\\slash",
    "{brace}",
    ":colon",
]


def quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def driver_sql(statement: str) -> str:
    """Give code that hands a statement to the driver, to which only the percent sign is special."""
    return f"op.get_bind().exec_driver_sql({statement.replace('%', '%%')!r})"


def hostile(workshop: Workshop, name: str) -> ToyApp:
    app = workshop.app(
        f"app {name}", schema=name, owner=f"o {name} {workshop.suffix}", runtime=f"r {name} {workshop.suffix}"
    )
    app.tables(f"Table({name!r}, metadata, Column({name!r}, Integer, primary_key=True), Column('s', Text))")
    table, pkey = quoted(name), quoted(f"{name} pkey")
    up = f"CREATE TABLE {table}.{table} ({table} serial CONSTRAINT {pkey} PRIMARY KEY, s text)"
    app.write_revision(driver_sql(up), driver_sql(f"DROP TABLE {table}.{table}"))
    return app


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_goes_all_the_way_up_and_down(workshop: Workshop, name: str) -> None:
    app = hostile(workshop, name)
    reader = workshop.app("reader")
    reader.references(f"references.table({app.name!r}, {name!r}, Column({name!r}, Integer), schema={name!r})")
    reader.revise("SELECT 1", requires={app.name: app.head})
    result = workshop.run("migrate", "--json")
    assert result.code == 0, result.err
    assert result.applied == [app.head, reader.head]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]

    table = sql.Identifier(name, name).as_string(None)
    workshop.sql(f"INSERT INTO {table} (s) VALUES ('x')", role=app.runtime)
    assert workshop.sql(f"SELECT {quoted(name)} FROM {table}", role=reader.runtime) == [(1,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        workshop.sql(f"SELECT s FROM {table}", role=reader.runtime)

    status = workshop.run("status", "--json")
    assert {each["app"]: each["current"] for each in status.data["apps"]} == {
        app.name: [app.head],
        "reader": [reader.head],
    }
    assert workshop.run("status").code == 0
    assert workshop.run("history", app.name, "--json").data["history"][0]["app"] == app.name
    refused = workshop.run("rollback", app.name)
    assert (refused.code, refused.error) == (4, "required-by-others")
    assert workshop.run("rollback", "reader").code == 0
    back = workshop.run("rollback", app.name)
    assert (back.code, back.err) == (0, "")
    assert workshop.relations(name) == []


@pytest.mark.parametrize("name", NAMES[:2])
def test_an_invalid_index_with_a_hostile_name_is_dropped(workshop: Workshop, name: str) -> None:
    app = hostile(workshop, name)
    assert workshop.run("migrate").code == 0
    table, index = f"{quoted(name)}.{quoted(name)}", quoted(f"{name} s")
    make = f"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (s)"
    app.write_revision(f"with op.get_context().autocommit_block():\n    {driver_sql(make)}")
    workshop.sql(f"INSERT INTO {table} (s) VALUES ('x'), ('x')")
    assert workshop.run("migrate").error == "revision-failed"
    workshop.sql(f"TRUNCATE {table}")
    assert workshop.run("migrate", "--json").applied == [app.head]


@pytest.mark.parametrize("name", ['weird "name"', "select", "per%cent", "it's"])
def test_a_hostile_database_name_and_version_table(workshop: Workshop, platform: ToyApp, name: str) -> None:
    database = f"{name} {workshop.suffix}"
    workshop.sql(f"CREATE DATABASE {quoted(database)}")
    platform.write_manifest(version_table=name)
    try:
        url = psycopg.conninfo.make_conninfo(workshop.url, dbname=database)
        assert workshop.run("migrate", "--json", DATABASE_URL=url).applied == [platform.head]
        assert workshop.run("migrate", "--json", DATABASE_URL=url).data["nothing_to_do"]
        assert database in workshop.run("status", "--json", DATABASE_URL=url).data["database"]
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            for role in (platform.owner, platform.runtime):
                connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(role)))
        workshop.sql(f"DROP DATABASE {quoted(database)} WITH (FORCE)")


@pytest.mark.parametrize("identifier", ["select", "with space", "0", "ünï", "a" * 32])
def test_revision_identifiers_need_not_be_hexadecimal(workshop: Workshop, identifier: str) -> None:
    app = workshop.app("platform")
    app.revise("CREATE TABLE platform.a ()", "DROP TABLE platform.a", revision=identifier)
    result = workshop.run("migrate", "--json")
    assert result.applied == [identifier], result.err
    assert workshop.version("platform") == [identifier]
    assert workshop.run("rollback", "platform", "--to", "base").code == 0


@pytest.mark.parametrize(
    "message", ['it\'s 100% "done"', "[bold]not markup[/bold]", "ünïcode → arrow", "a: b"]
)
def test_a_message_is_printed_as_it_was_written(workshop: Workshop, message: str) -> None:
    app = workshop.app("platform")
    app.revise("SELECT 1", message=message.replace('"', "'"))
    assert message.replace('"', "'") in workshop.run("migrate").out
