"""What is declared is exactly what Postgres allows."""

from __future__ import annotations

import psycopg
import pytest
import toy_brokerage
from workshop import ToyApp, Workshop, write

Denied = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def both(workshop: Workshop, platform: ToyApp, trading: ToyApp) -> tuple[ToyApp, ToyApp]:
    result = workshop.run("migrate")
    assert (result.code, result.err) == (0, "")
    workshop.sql("INSERT INTO platform.\"user\" VALUES (1, 'ann', 'hush')")
    return platform, trading


def test_the_runtime_role_reads_declared_columns_of_others_and_nothing_else(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    role = both[1].runtime
    assert workshop.sql('SELECT id, name FROM platform."user"', role=role) == [(1, "ann")]
    for statement in (
        'SELECT secret FROM platform."user"',
        'SELECT * FROM platform."user"',
        "INSERT INTO platform.\"user\" VALUES (2, 'bob')",
        'UPDATE platform."user" SET name = name',
        'DELETE FROM platform."user"',
        'TRUNCATE platform."user"',
        "SELECT * FROM platform.alembic_version",
        "CREATE TABLE trading.mine ()",
        "CREATE TABLE platform.mine ()",
    ):
        with pytest.raises(Denied):
            workshop.sql(statement, role=role)


def test_the_runtime_role_works_with_its_own_rows_but_not_with_its_tables(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    role = both[1].runtime
    workshop.sql("INSERT INTO trading.accounts VALUES (10, 1)", role=role)
    workshop.sql("UPDATE trading.accounts SET id = 11", role=role)
    assert workshop.sql("SELECT * FROM trading.accounts", role=role) == [(11, 1)]
    workshop.sql("DELETE FROM trading.accounts", role=role)
    assert len(workshop.sql("SELECT version_num FROM trading.alembic_version", role=role)) == 1
    for statement in (
        "DROP TABLE trading.accounts",
        "ALTER TABLE trading.accounts ADD COLUMN more text",
        "TRUNCATE trading.accounts",
        "UPDATE trading.alembic_version SET version_num = 'x'",
        "INSERT INTO caravan.settings DEFAULT VALUES",
    ):
        with pytest.raises(Denied):
            workshop.sql(statement, role=role)


def test_the_owner_role_can_point_at_what_is_declared_and_not_change_it(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    role = both[1].owner
    workshop.sql('CREATE TABLE trading.ok (id int REFERENCES platform."user" (id))', role=role)
    workshop.sql("INSERT INTO trading.ok VALUES (1)", role=role)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        workshop.sql("INSERT INTO trading.ok VALUES (2)", role=role)
    with pytest.raises(Denied):
        workshop.sql('DELETE FROM platform."user"', role=role)
    with pytest.raises(Denied):
        workshop.sql('SELECT secret FROM platform."user"', role=role)


def test_tables_that_grow_only_are_declared_as_such(workshop: Workshop) -> None:
    app = workshop.app("ledger")
    app.tables(
        'entry = Table("entry", metadata, Column("id", Integer, primary_key=True),'
        ' info={"runtime_privileges": ("SELECT", "INSERT")})'
    )
    app.revise("CREATE TABLE ledger.entry (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
    assert workshop.run("migrate").code == 0
    workshop.sql("INSERT INTO ledger.entry DEFAULT VALUES", role=app.runtime)
    assert workshop.sql("SELECT id FROM ledger.entry", role=app.runtime) == [(1,)]
    for statement in ("UPDATE ledger.entry SET id = DEFAULT", "DELETE FROM ledger.entry"):
        with pytest.raises(Denied):
            workshop.sql(statement, role=app.runtime)


def test_serial_columns_can_be_filled_by_the_runtime_role(workshop: Workshop) -> None:
    app = workshop.app("shop")
    app.tables(
        'item = Table("item", metadata, Column("id", Integer, primary_key=True), Column("name", Text))'
    )
    app.revise("CREATE TABLE shop.item (id serial PRIMARY KEY, name text)")
    assert workshop.run("migrate").code == 0
    assert workshop.sql("INSERT INTO shop.item (name) VALUES ('a') RETURNING id", role=app.runtime) == [(1,)]


def test_a_column_no_longer_declared_is_revoked_by_the_next_migrate_without_a_revision(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    _, trading = both
    trading.references('user = references.table("platform", "user", Column("id", Integer, primary_key=True))')
    result = workshop.run("migrate", "--verbose")
    assert result.code == 0, result.err
    assert "REVOKE SELECT" in result.out
    for role in (trading.runtime, trading.owner):
        with pytest.raises(Denied):
            workshop.sql('SELECT name FROM platform."user"', role=role)
        assert workshop.sql('SELECT id FROM platform."user"', role=role) == [(1,)]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_a_newly_declared_column_is_granted_by_the_next_migrate_without_a_revision(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    _, trading = both
    trading.references(toy_brokerage.DECLARED.replace('Column("id"', 'Column("secret", Text), Column("id"'))
    result = workshop.run("migrate", "--json")
    assert (result.code, result.data["applied"], result.data["nothing_to_do"]) == (0, [], False)
    assert workshop.sql('SELECT secret FROM platform."user"', role=trading.runtime) == [("hush",)]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_references_that_are_gone_altogether_take_the_schema_with_them(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    _, trading = both
    trading.tables('accounts = Table("accounts", metadata, Column("id", Integer, primary_key=True))')
    trading.write_manifest(references=None)
    assert workshop.run("migrate").code == 0
    query = "SELECT has_schema_privilege(%s, 'platform', 'USAGE'), has_any_column_privilege(%s, %s, 'SELECT')"
    for role in (trading.runtime, trading.owner):
        assert workshop.sql(query, role, role, 'platform."user"') == [(False, False)]


def test_privileges_given_by_hand_are_taken_back_when_they_are_looked_at(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    _, trading = both
    workshop.sql(f'GRANT ALL ON platform."user" TO "{trading.runtime}"')
    workshop.sql(f'GRANT TRUNCATE ON trading.accounts TO "{trading.runtime}"')
    workshop.sql(f'GRANT SELECT ON platform."user" TO "{trading.owner}"')
    assert workshop.run("bootstrap").code == 0
    for statement in ('DELETE FROM platform."user"', "TRUNCATE trading.accounts"):
        with pytest.raises(Denied):
            workshop.sql(statement, role=trading.runtime)
    with pytest.raises(Denied):
        workshop.sql('SELECT secret FROM platform."user"', role=trading.owner)
    assert workshop.sql('SELECT name FROM platform."user"', role=trading.runtime) == [("ann",)]


def test_a_table_that_this_version_of_the_code_does_not_know_keeps_its_privileges(
    workshop: Workshop, both: tuple[ToyApp, ToyApp]
) -> None:
    platform, _ = both
    workshop.sql(f'CREATE TABLE platform.newer (); ALTER TABLE platform.newer OWNER TO "{platform.owner}"')
    workshop.sql(f'GRANT SELECT ON platform.newer TO "{platform.runtime}"')
    assert workshop.run("bootstrap").code == 0
    assert workshop.sql("SELECT * FROM platform.newer", role=platform.runtime) == []


def test_bootstrap_is_safe_to_repeat_and_says_when_there_is_nothing_left(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    first = workshop.run("bootstrap")
    assert (first.code, first.err) == (0, "")
    for made in (f"made role {platform.owner}", f"made role {trading.runtime}", "made schema platform"):
        assert made in first.out
    assert "Nothing to do" in workshop.run("bootstrap").out
    assert workshop.run("bootstrap", "--json").data == {"done": []}
    assert len(workshop.run("migrate", "--json").applied) == 2


def test_rights_reach_a_table_when_the_revision_that_needs_them_comes(
    workshop: Workshop, platform: ToyApp
) -> None:
    trading = toy_brokerage.trading(workshop, platform)
    platform.tables(
        toy_brokerage.USER + 'more = Table("more", metadata, Column("id", Integer, primary_key=True))\n'
    )
    more = platform.revise(
        "CREATE TABLE platform.more (id int PRIMARY KEY)", requires={"trading": trading.head}
    )
    trading.references(
        toy_brokerage.DECLARED + 'more = references.table("platform", "more", Column("id", Integer))'
    )
    last = trading.revise(
        "CREATE TABLE trading.second (id int REFERENCES platform.more (id))", requires={"platform": more}
    )
    result = workshop.run("migrate", "--json")
    assert result.code == 0, result.err
    assert result.applied[-2:] == [more, last]


@pytest.mark.parametrize("place", ["references/__init__.py", "references/users.py", "declared_{}.py"])
def test_what_is_declared_counts_wherever_it_is_written(
    workshop: Workshop, both: tuple[ToyApp, ToyApp], place: str
) -> None:
    _, trading = both
    declared = (trading.folder / "references.py").read_text()
    (trading.folder / "references.py").unlink()
    if place.startswith("declared"):
        place = f"../{place.format(workshop.suffix)}"
        trading.write_manifest(references=f"declared_{workshop.suffix}:references")
        write(trading.folder / "references.py", f"from declared_{workshop.suffix} import references, user\n")
    elif place == "references/users.py":
        write(
            trading.folder / "references" / "__init__.py",
            f"from {trading.package}.references.users import references, user\n",
        )
    write(trading.folder / place, declared)
    assert workshop.run("migrate").code == 0
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
    write(trading.folder / place, declared.replace(', Column("name", Text, nullable=False)', ""))
    assert workshop.run("migrate").code == 0
    with pytest.raises(Denied):
        workshop.sql('SELECT name FROM platform."user"', role=trading.runtime)


@pytest.mark.parametrize("place", ["tables/__init__.py", "tables/entry.py", "__init__.py", "entry.py"])
def test_what_the_models_say_of_privileges_counts_wherever_it_is_written(
    workshop: Workshop, place: str
) -> None:
    app = workshop.app("ledger")
    (app.folder / "tables.py").unlink()
    module = f"{app.package}.tables" if place.startswith("tables") else app.package
    app.write_manifest(metadata=f"{module}:metadata")
    if place.endswith("entry.py"):
        write(app.folder / place.replace("entry", "__init__"), f"from {module}.entry import metadata\n")
    models = (
        "from sqlalchemy import Column, Integer, MetaData, Table\n"
        'metadata = MetaData(schema="ledger")\n'
        'Table("entry", metadata, Column("id", Integer, primary_key=True), info={"runtime_privileges": %r})\n'
    )
    write(app.folder / place, models % (("SELECT", "INSERT", "DELETE"),))
    app.revise("CREATE TABLE ledger.entry (id int PRIMARY KEY)")
    assert workshop.run("migrate").code == 0
    workshop.sql("DELETE FROM ledger.entry", role=app.runtime)
    write(app.folder / place, models % (("SELECT", "INSERT"),))
    assert workshop.run("migrate").code == 0
    with pytest.raises(Denied):
        workshop.sql("DELETE FROM ledger.entry", role=app.runtime)
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
