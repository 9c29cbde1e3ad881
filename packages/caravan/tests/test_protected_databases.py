from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop

DESTRUCTIVE = [("reset", "--yes"), ("drop", "--yes"), ("push",)]


@pytest.fixture
def migrated(workshop: Workshop, trading: ToyApp) -> ToyApp:
    assert workshop.run("migrate").code == 0
    workshop.sql("INSERT INTO platform.\"user\" VALUES (1, 'ann')")
    return trading


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("command", DESTRUCTIVE, ids=" ".join)
def test_development_commands_refuse_a_protected_database(
    workshop: Workshop, command: tuple[str, ...]
) -> None:
    assert "protected" in workshop.run("protect").out
    result = workshop.run(*command)
    assert (result.code, result.error) == (4, "protected")
    assert "caravan protect --off" in result.text
    assert workshop.value('SELECT count(*) FROM platform."user"') == 1
    as_json = workshop.run(*command, "--json")
    assert (as_json.code, as_json.data["error"]) == (4, "protected")


def test_a_protected_database_is_migrated_like_any_other_and_status_says_what_it_is(
    workshop: Workshop, migrated: ToyApp
) -> None:
    assert workshop.run("protect", "--json").data == {"protected": True}
    assert workshop.run("status", "--json").data["protected"] is True
    assert "(protected)" in workshop.run("status").out
    new = migrated.revise("CREATE TABLE trading.more ()", "DROP TABLE trading.more")
    assert workshop.run("migrate", "--json").applied == [new]
    assert workshop.run("rollback", "trading").code == 0


def test_the_protection_can_be_lifted(workshop: Workshop, migrated: ToyApp) -> None:
    assert workshop.run("protect").code == 0
    assert workshop.run("protect", "--off", "--json").data == {"protected": False}
    assert workshop.run("status", "--json").data["protected"] is False
    assert workshop.run("reset", "--yes").code == 0
    assert workshop.value('SELECT count(*) FROM platform."user"') == 0
    assert workshop.version("trading") == [migrated.head]


def test_an_empty_database_can_be_protected_before_anything_else(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("protect").code == 0
    assert workshop.run("drop", "--yes").error == "protected"
    assert workshop.run("migrate", "--json").applied == [platform.head]
    assert workshop.run("status", "--json").data["protected"] is True


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("command", ["reset", "drop"])
def test_without_a_yes_nothing_is_deleted(workshop: Workshop, command: str) -> None:
    for arguments in ((command,), (command, "--json")):
        result = workshop.process(*arguments)
        assert (result.code, result.error) == (2, "unconfirmed")
        assert "--yes" in result.text
    assert workshop.value('SELECT count(*) FROM platform."user"') == 1


@pytest.mark.usefixtures("migrated")
def test_drop_takes_everything_of_the_apps_and_nothing_else(workshop: Workshop) -> None:
    workshop.sql("CREATE TABLE public.legacy ()")
    result = workshop.run("drop", "--yes", "--json")
    assert result.code == 0, result.err
    for schema in ("platform", "trading"):
        assert workshop.relations(schema) == []
    assert workshop.relations("public") == ["legacy"]
    assert len(workshop.run("migrate", "--json").applied) == 2


@pytest.mark.usefixtures("migrated")
def test_reset_drops_and_migrates_from_nothing(workshop: Workshop) -> None:
    workshop.sql("ALTER TABLE trading.accounts ADD COLUMN by_hand text")
    result = workshop.run("reset", "--yes", "--json")
    assert result.code == 0, result.err
    assert [step["app"] for step in result.data["applied"]] == ["platform", "trading"]
    query = (
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'trading.accounts'::regclass AND attnum > 0"
    )
    assert workshop.sql(query) == [("id",), ("user_id",)]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_reset_of_a_database_whose_files_were_rewritten_is_how_one_gets_going_again(
    workshop: Workshop, migrated: ToyApp
) -> None:
    path = migrated.revisions[migrated.head]
    path.write_text(path.read_text() + "\n# squashed\n")
    assert workshop.run("migrate").error == "changed-revision"
    assert workshop.run("reset", "--yes").code == 0
    assert workshop.run("migrate", "--json").data["nothing_to_do"]
