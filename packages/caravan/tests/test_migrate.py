from __future__ import annotations

import re
from pathlib import Path

import pytest
from workshop import ToyApp, Workshop

import caravan

SOURCES = Path(caravan.__file__).parent


def test_an_empty_database_comes_to_the_newest_schema_of_both_apps(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    result = workshop.process("migrate")
    assert (result.code, result.err) == (0, "")
    assert workshop.relations("platform") == ["user"]
    assert workshop.relations("trading") == ["accounts"]
    assert workshop.version("platform") == [platform.head]
    assert workshop.version("trading") == [trading.head]
    done = re.findall(r"applied +(\w+ \w+) +(.+?) +\d+\.\d+ s", result.out)
    assert done == [
        (f"platform {platform.head}", "create user"),
        (f"trading {trading.head}", "create accounts"),
    ]
    assert re.search(r"Done: 2 applied in \d+\.\d+ s", result.out)


@pytest.mark.usefixtures("trading")
def test_the_second_time_there_is_nothing_to_do(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    again = workshop.run("migrate")
    assert (again.code, again.err) == (0, "")
    assert "othing to do" in again.out
    assert workshop.run("migrate", "--json").data["nothing_to_do"] is True
    assert len(workshop.history()) == 2


@pytest.mark.usefixtures("trading")
def test_only_what_is_new_is_applied(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    new = platform.revise('ALTER TABLE platform."user" ADD COLUMN email text')
    result = workshop.run("migrate")
    assert "Done: 1 applied" in result.out
    assert platform.head == new
    assert workshop.version("platform") == [new]


def test_the_tables_belong_to_the_owner_role_and_not_to_the_one_who_migrates(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    query = "SELECT schemaname::text, tableowner::text FROM pg_tables WHERE tablename <> 'alembic_version'"
    tables = workshop.sql(f"{query} AND schemaname IN ('platform', 'trading') ORDER BY 1")
    assert tables == [("platform", platform.owner), ("trading", trading.owner)]
    schemas = "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = %s"
    assert workshop.value(schemas, "platform") == platform.owner


def test_roles_are_named_after_the_app_where_the_manifest_does_not_say(workshop: Workshop) -> None:
    name = f"shop_{workshop.suffix}"
    app = workshop.app(name)
    app.write_manifest(owner=None, runtime=None)
    app.revise(f"CREATE TABLE {name}.thing (id int)")
    assert workshop.run("migrate").code == 0
    assert workshop.value("SELECT tableowner FROM pg_tables WHERE tablename = 'thing'") == f"{name}_owner"
    assert workshop.sql("SELECT 1 FROM pg_roles WHERE rolname = %s", f"{name}_runtime")


def test_to_stops_at_the_revision_that_is_named(workshop: Workshop, platform: ToyApp) -> None:
    first = platform.head
    second = platform.revise("CREATE TABLE platform.second ()")
    third = platform.revise("CREATE TABLE platform.third ()")
    assert workshop.run("migrate", "platform", "--to", second, "--json").applied == [first, second]
    assert workshop.run("migrate", "platform", "--to", second, "--json").data["nothing_to_do"]
    assert workshop.run("migrate", "platform", "--to", first, "--json").data["nothing_to_do"]
    assert workshop.run("migrate", "platform", "--to", "head", "--json").applied == [third]


def test_the_beginning_of_a_revision_is_enough_to_name_it(workshop: Workshop) -> None:
    app = workshop.app("platform")
    app.revise("SELECT 1", revision="abc111111111")
    app.revise("SELECT 1", revision="abd222222222")
    assert workshop.run("migrate", "platform", "--to", "abc", "--json").applied == ["abc111111111"]
    unclear = workshop.run("migrate", "platform", "--to", "ab")
    assert (unclear.code, unclear.error) == (2, "no-such-revision")


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("command", ["migrate", "rollback"])
def test_a_revision_that_does_not_exist_is_a_usage_error(workshop: Workshop, command: str) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run(command, "platform", "--to", "feed")
    assert (result.code, result.error) == (2, "no-such-revision")
    assert 'platform has no revision "feed"' in result.text


def test_to_without_an_app_is_a_usage_error(workshop: Workshop, platform: ToyApp) -> None:
    result = workshop.run("migrate", "--to", platform.head)
    assert result.code == 2
    assert result.err


def test_an_app_without_revisions_is_no_trouble(workshop: Workshop) -> None:
    workshop.app("empty")
    result = workshop.run("migrate")
    assert (result.code, result.err) == (0, "")
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
    assert workshop.value("SELECT to_regnamespace('empty') IS NOT NULL")


def test_with_no_app_at_all_there_is_nothing_to_do(workshop: Workshop) -> None:
    (workshop.root / "nothing_here").mkdir()
    result = workshop.process("migrate", CARAVAN_APPS=" , ")
    assert result.code in (0, 2), result.err
    assert result.out or result.err


def test_a_revision_written_with_alembics_operations_lands_in_the_apps_schema_only(
    workshop: Workshop,
) -> None:
    app = workshop.app("platform")
    app.write_revision(
        'op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True), schema="platform")\n'
        'op.create_index("thing_id_idx", "thing", ["id"], schema="platform")',
        'op.drop_table("thing", schema="platform")',
    )
    assert workshop.run("migrate").code == 0
    assert workshop.sql("SELECT schemaname::text FROM pg_indexes WHERE indexname = 'thing_id_idx'") == [
        ("platform",)
    ]
    assert workshop.relations("public") == []


def test_verbose_shows_every_privilege_that_moves(workshop: Workshop, platform: ToyApp) -> None:
    result = workshop.run("migrate", "--verbose")
    assert (result.code, result.err) == (0, "")
    assert f'GRANT SELECT ON TABLE "platform"."user" TO "{platform.runtime}"' in result.out


def test_a_partial_migrate_is_not_disturbed_by_references_that_come_true_later(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    first = platform.head
    platform.revise('ALTER TABLE platform."user" ADD COLUMN nick text')
    trading.references(
        'user = references.table("platform", "user", Column("id", Integer), Column("nick", Text))'
    )
    result = workshop.run("migrate", "platform", "--to", first, "--json")
    assert result.code == 0, result.err
    assert result.applied == [first]
    assert workshop.run("migrate", "--json").applied == [platform.head, trading.head]


def test_the_history_names_the_code_version_and_who_applied_it(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate", CARAVAN_CODE_VERSION="v1.2.3-4-gabcdef").code == 0
    [entry] = workshop.run("history", "--json").data["history"]
    assert entry["revision"] == platform.head
    assert entry["code_version"] == "v1.2.3-4-gabcdef"
    assert entry["applied_by"] == workshop.value("SELECT session_user")
    assert workshop.sql("SELECT code_version FROM caravan.apps") == [("v1.2.3-4-gabcdef",)]


def test_no_command_and_an_unknown_one_are_usage_errors(workshop: Workshop) -> None:
    for arguments in ((), ("migratte",), ("migrate", "--no-such-option")):
        result = workshop.run(*arguments)
        assert result.code == 2
        assert "usage: caravan" in result.err


def test_help_names_every_setting(workshop: Workshop) -> None:
    source = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    settings = set(re.findall(r"CARAVAN_[A-Z_]+", source))
    assert settings == set(re.findall(r"CARAVAN_[A-Z_]+", workshop.run("--help").out))


def test_help_names_every_command(workshop: Workshop) -> None:
    result = workshop.run("--help")
    assert result.code == 0
    for command in (
        "bootstrap", "generate", "migrate", "rollback", "status", "history", "check", "reset", "push", "drop", "protect",
    ):  # fmt: skip
        assert command in result.out


@pytest.mark.usefixtures("platform")
def test_a_database_url_that_is_missing_or_no_postgres_is_a_usage_error(workshop: Workshop) -> None:
    missing = workshop.run("migrate", DATABASE_URL="")
    assert (missing.code, missing.error) == (2, "no-database-url")
    other = workshop.run("migrate", DATABASE_URL="mysql://root:hunter2@localhost/shop")
    assert (other.code, other.error) == (2, "bad-database-url")
    assert "hunter2" not in other.err + other.out


def test_sqlalchemys_spelling_of_the_address_works(workshop: Workshop, platform: ToyApp) -> None:
    url = workshop.url.replace("postgresql://", "postgresql+psycopg://")
    assert workshop.run("migrate", "--json", DATABASE_URL=url).applied == [platform.head]
