from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop


@pytest.fixture
def three(workshop: Workshop) -> list[str]:
    app = workshop.app("platform")
    made = [app.revise(f"CREATE TABLE platform.{n} ()", f"DROP TABLE platform.{n}") for n in ("a", "b", "c")]
    assert workshop.run("migrate").code == 0
    return made


def rolled_back(workshop: Workshop, *arguments: str) -> list[str]:
    result = workshop.run("rollback", *arguments, "--json")
    assert result.code == 0, result.err
    return [step["revision"] for step in result.data["rolled_back"]]


def test_the_newest_revision_goes_first(workshop: Workshop, three: list[str]) -> None:
    assert rolled_back(workshop, "platform") == [three[2]]
    assert workshop.relations("platform") == ["a", "b"]
    assert workshop.version("platform") == [three[1]]
    assert workshop.history()[-1] == ("platform", three[2], "down", "finished")


def test_to_names_the_revision_that_stays(workshop: Workshop, three: list[str]) -> None:
    assert rolled_back(workshop, "platform", "--to", three[0]) == [three[2], three[1]]
    assert workshop.relations("platform") == ["a"]


def test_base_takes_back_everything_and_migrate_brings_it_again(workshop: Workshop, three: list[str]) -> None:
    assert rolled_back(workshop, "platform", "--to", "base") == three[::-1]
    assert workshop.relations("platform") == []
    assert workshop.version("platform") == []
    assert workshop.run("migrate", "--json").applied == three


def test_where_it_already_is_there_is_nothing_to_take_back(workshop: Workshop, three: list[str]) -> None:
    assert rolled_back(workshop, "platform", "--to", three[2]) == []
    assert workshop.version("platform") == [three[2]]


def test_a_person_is_told_that_there_is_nothing_to_take_back(workshop: Workshop, three: list[str]) -> None:
    result = workshop.run("rollback", "platform", "--to", three[2])
    assert (result.code, result.out) == (0, f"Nothing to do: platform is at {three[2]}.\n")


def test_a_revision_that_is_not_applied_cannot_be_gone_back_to(workshop: Workshop, three: list[str]) -> None:
    pending = workshop.apps["platform"].revise("SELECT 1")
    result = workshop.run("rollback", "platform", "--to", pending)
    assert (result.code, result.error) == (2, "not-applied")
    assert f"platform {pending} is not applied" in result.text
    assert workshop.version("platform") == [three[2]]


def test_what_alembic_applied_before_caravan_came_goes_back_too(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("DROP SCHEMA caravan CASCADE")
    assert rolled_back(workshop, "platform") == [platform.head]
    assert workshop.history() == [("platform", platform.head, "down", "finished")]


@pytest.mark.usefixtures("platform")
def test_with_nothing_applied_it_says_so(workshop: Workshop) -> None:
    result = workshop.run("rollback", "platform")
    assert (result.code, result.error) == (2, "nothing-to-roll-back")


def test_a_person_reads_what_went_and_how_long_it_took(workshop: Workshop, three: list[str]) -> None:
    result = workshop.run("rollback", "platform")
    assert f"rolled back platform {three[2]}" in " ".join(result.out.split())
    assert "Done: 1 rolled back in" in result.out


def test_what_another_apps_applied_revision_requires_cannot_go(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run("rollback", "platform", "--to", "base")
    assert (result.code, result.error) == (4, "required-by-others")
    assert f"trading {trading.head} requires platform {platform.head}" in result.text
    assert workshop.relations("platform") == ["user"]

    assert rolled_back(workshop, "trading") == [trading.head]
    assert rolled_back(workshop, "platform") == [platform.head]
    assert workshop.relations("platform") == []


def test_what_stands_on_the_required_revision_can_go(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    second = platform.revise("CREATE TABLE platform.more ()", "DROP TABLE platform.more")
    assert workshop.run("migrate").code == 0
    assert rolled_back(workshop, "platform") == [second]
    assert workshop.version("trading") == [trading.head]


@pytest.mark.usefixtures("trading")
def test_an_app_that_is_not_installed_here_still_protects_what_it_requires(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run("rollback", "platform", CARAVAN_APPS=platform.package)
    assert result.code != 0
    assert workshop.relations("platform") == ["user"]


def test_a_rollback_refuses_a_database_that_does_not_fit_the_code(
    workshop: Workshop, three: list[str]
) -> None:
    path = workshop.apps["platform"].revisions[three[2]]
    path.write_text(path.read_text() + "\n# changed\n")
    result = workshop.run("rollback", "platform")
    assert (result.code, result.error) == (4, "changed-revision")
    assert workshop.version("platform") == [three[2]]


def test_a_merge_goes_back_to_both_of_its_branches(workshop: Workshop) -> None:
    app = workshop.app("platform")
    base = app.revise("SELECT 1")
    left = app.revise("CREATE TABLE platform.a ()", "DROP TABLE platform.a", follows=base)
    right = app.revise("CREATE TABLE platform.b ()", "DROP TABLE platform.b", follows=base)
    merged = app.revise("SELECT 1", follows=(left, right))
    assert workshop.run("migrate").code == 0
    assert rolled_back(workshop, "platform") == [merged]
    assert workshop.version("platform") == sorted([left, right])
    assert workshop.run("migrate", "--json").applied == [merged]
    assert workshop.version("platform") == [merged]


def test_a_revision_without_a_way_back_fails_and_stays(workshop: Workshop) -> None:
    app = workshop.app("platform")
    only = app.write_revision('op.execute("SELECT 1")', 'raise NotImplementedError("there is no way back")')
    assert workshop.run("migrate").code == 0
    result = workshop.run("rollback", "platform")
    assert (result.code, result.error) == (1, "revision-failed")
    assert "there is no way back" in result.text
    assert workshop.version("platform") == [only]
