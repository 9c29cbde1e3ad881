from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop


def planned(workshop: Workshop, *arguments: str) -> list[tuple[str, str]]:
    result = workshop.run("migrate", *arguments, "--dry-run", "--json")
    assert result.code == 0, result.err
    return [(step["app"], step["revision"]) for step in result.data["plan"]]


def interleaved(platform: ToyApp, trading: ToyApp) -> list[tuple[str, str]]:
    p1, t1 = platform.head, trading.head
    p2 = platform.revise(
        'ALTER TABLE platform."user" ADD COLUMN accounts_seen boolean',
        'ALTER TABLE platform."user" DROP COLUMN accounts_seen',
        requires={"trading": t1},
    )
    return [("platform", p1), ("trading", t1), ("platform", p2)]


def test_revisions_of_two_apps_run_interleaved_where_they_require_each_other(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    expected = interleaved(platform, trading)
    assert planned(workshop) == expected
    result = workshop.run("migrate", "--json")
    assert [(step["app"], step["revision"]) for step in result.data["applied"]] == expected
    assert workshop.history() == [(app, revision, "up", "finished") for app, revision in expected]


def test_an_app_comes_after_the_apps_it_references_whatever_their_names(workshop: Workshop) -> None:
    zoo = workshop.app("zoo")
    zoo.tables('animal = Table("animal", metadata, Column("id", Integer, primary_key=True))')
    zoo.revise(
        "CREATE TABLE zoo.animal (id serial CONSTRAINT animal_pkey PRIMARY KEY)", "DROP TABLE zoo.animal"
    )
    zoo.revise("SELECT 1")
    adoptions = workshop.app("adoptions")
    adoptions.references(
        'animal = references.table("zoo", "animal", Column("id", Integer, primary_key=True))'
    )
    adoptions.revise("CREATE TABLE adoptions.wish ()", "DROP TABLE adoptions.wish")
    assert [app for app, _ in planned(workshop)] == ["zoo", "zoo", "adoptions"]
    assert workshop.run("migrate").code == 0


def test_apps_that_know_nothing_of_each_other_go_by_name(workshop: Workshop) -> None:
    for name in ("pear", "apple", "fig"):
        workshop.app(name).revise("SELECT 1")
    assert [app for app, _ in planned(workshop)] == ["apple", "fig", "pear"]


def test_a_cycle_is_refused_in_words_and_nothing_is_begun(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    p2, t2 = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
    platform.revise("SELECT 1", requires={"trading": t2}, revision=p2)
    trading.revise("SELECT 1", requires={"platform": p2}, revision=t2)
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "requirement-cycle")
    assert f"platform {p2} waits for trading {t2} waits for platform {p2}" in result.text
    assert workshop.value("SELECT to_regnamespace('platform')") is None


def test_migrating_one_app_brings_along_what_it_requires_and_no_more(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    first = platform.head
    later = platform.revise("SELECT 1")
    assert planned(workshop, "trading") == [("platform", first), ("trading", trading.head)]
    result = workshop.run("migrate", "trading", "--json")
    assert result.applied == [first, trading.head]
    assert planned(workshop) == [("platform", later)]


def test_migrating_the_app_that_is_required_leaves_the_other_alone(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate", "platform", "--json").applied == [platform.head]
    assert workshop.run("migrate", "platform", "--json").data["nothing_to_do"]
    assert planned(workshop) == [("trading", trading.head)]


@pytest.mark.usefixtures("platform")
def test_a_required_revision_that_the_other_app_does_not_have_is_refused(
    workshop: Workshop, trading: ToyApp
) -> None:
    trading.revise("SELECT 1", requires={"platform": "feedfeedfeed"})
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "unmet-requirement")
    assert "platform feedfeedfeed" in result.text
    assert trading.revisions[trading.head].name in result.text


def test_a_requirement_of_an_app_that_nobody_knows_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT 1", requires={"plattform": "feedfeedfeed"})
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "unmet-requirement")
    assert "plattform feedfeedfeed" in result.text


def test_a_revision_cannot_require_what_follows_it(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT 1", requires={"platform": "cccccccccccc"}, revision="bbbbbbbbbbbb")
    platform.revise("SELECT 1", revision="cccccccccccc")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "requirement-cycle")


def test_apps_that_reference_each_other_are_planned_by_what_their_revisions_require(
    workshop: Workshop,
) -> None:
    left, right = workshop.app("ebb"), workshop.app("flow")
    left.references('references.table("flow", "thing", Column("id", Integer))')
    right.references('references.table("ebb", "thing", Column("id", Integer))')
    for app in (left, right):
        app.revise(f"CREATE TABLE {app.name}.thing (id int)")
    assert sorted(app for app, _ in planned(workshop)) == ["ebb", "flow"]
    assert workshop.run("migrate").code == 0
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_where_only_one_app_is_installed_its_requirements_are_looked_up_in_the_database(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    alone = {"CARAVAN_APPS": trading.package}
    early = workshop.run("migrate", **alone)
    assert (early.code, early.error) == (4, "unmet-requirement")
    assert "Migrate that app first" in early.text
    assert workshop.run("migrate", CARAVAN_APPS=platform.package).code == 0
    assert workshop.run("migrate", "--json", **alone).applied == [trading.head]
    assert workshop.run("migrate", "--json", **alone).data["nothing_to_do"]


def test_a_plan_names_what_each_revision_requires(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    first, second = workshop.run("migrate", "--dry-run", "--json").data["plan"]
    assert first == {
        "app": "platform",
        "revision": platform.head,
        "message": "create user",
        "requires": {},
    }
    assert second["requires"] == {"platform": platform.head}
    assert second["revision"] == trading.head


def test_a_dry_run_leaves_nothing_at_all(workshop: Workshop, trading: ToyApp) -> None:
    result = workshop.run("migrate", "--dry-run")
    assert (result.code, result.err) == (0, "")
    assert trading.head in result.out
    assert (
        workshop.sql("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'")
        == []
    )
    assert workshop.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", f"%{workshop.suffix}%") == []


@pytest.mark.usefixtures("trading")
def test_a_dry_run_with_nothing_pending_says_so(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    assert workshop.run("migrate", "--dry-run", "--json").data["plan"] == []
    assert "othing to do" in workshop.run("migrate", "--dry-run").out
