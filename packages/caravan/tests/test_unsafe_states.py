"""Where code and database do not belong together, nothing is touched and the text says what to do."""

from __future__ import annotations

import pytest
from workshop import Result, ToyApp, Workshop


def refused(workshop: Workshop, name: str) -> Result:
    before = workshop.history()
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, name)
    assert workshop.history() == before
    as_json = workshop.run("migrate", "--json")
    assert (as_json.code, as_json.data["error"], as_json.data["exit_code"]) == (4, name, 4)
    dry = workshop.run("migrate", "--dry-run")
    assert (dry.code, dry.error) == (4, name)
    return result


def test_a_file_changed_after_it_was_applied_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    path = platform.revisions[platform.head]
    original = path.read_text()
    path.write_text(original.replace("secret text", "secret bytea"))
    platform.revise("CREATE TABLE platform.later ()")
    text = refused(workshop, "changed-revision").text
    assert str(path) in text
    assert "write the change as a new revision" in text
    path.write_text(original)
    assert workshop.run("migrate", "--json").applied == [platform.head]


def test_a_changed_file_is_refused_even_when_nothing_is_pending(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    path = platform.revisions[platform.head]
    path.write_text(path.read_text() + "# a word\n")
    refused(workshop, "changed-revision")
    [app] = workshop.run("status", "--json").data["apps"]
    assert app["changed"] == [platform.head]
    assert platform.head in workshop.run("status").out


def test_two_heads_are_refused_with_both_names(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    first = platform.head
    left = platform.revise("SELECT 1", follows=first)
    right = platform.revise("SELECT 1", follows=first)
    text = refused(workshop, "two-heads").text
    assert left in text
    assert right in text
    assert "down_revision" in text
    status = workshop.run("status")
    assert status.code == 0
    assert left in status.out
    assert sorted(workshop.run("status", "--json").data["apps"][0]["heads"]) == sorted([left, right])
    platform.revise("SELECT 1", revision=right, follows=left)
    assert workshop.run("migrate", "--json").applied == [left, right]


def test_a_revision_the_code_does_not_know_is_refused(workshop: Workshop, platform: ToyApp) -> None:
    newest = platform.revise("CREATE TABLE platform.newer ()")
    assert workshop.run("migrate").code == 0
    platform.revisions[newest].unlink()
    text = refused(workshop, "unknown-revision").text
    assert f"platform {newest}" in text
    assert "The code is older" in text
    [app] = workshop.run("status", "--json").data["apps"]
    assert (app["unknown"], app["pending"], app["applied"]) == ([newest], [], 1)
    assert newest in workshop.run("status").out
    rollback = workshop.run("rollback", "platform")
    assert (rollback.code, rollback.error) == (4, "unknown-revision")


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (
            'user = references.table("platform", "user", Column("id", Integer), Column("nick", Text))',
            "platform.user has no column nick",
        ),
        (
            'user = references.table("platform", "user", Column("id", BigInteger))',
            "platform.user.id is integer, not bigint",
        ),
        (
            'user = references.table("platform", "users", Column("id", Integer))',
            "there is no table platform.users",
        ),
        (
            'user = references.table("platform", "user", Column("id", Integer), schema="elsewhere")',
            "there is no table elsewhere.user",
        ),
    ],
)
def test_a_reference_to_what_is_not_there_is_refused(
    workshop: Workshop, trading: ToyApp, declared: str, reason: str
) -> None:
    assert workshop.run("migrate").code == 0
    trading.references(declared)
    trading.revise("CREATE TABLE trading.later ()")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "reference-unmet")
    assert reason in result.text
    assert workshop.relations("trading") == ["accounts"]


def test_an_unmet_reference_is_refused_without_a_pending_revision_too(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    trading.references(
        'user = references.table("platform", "user", Column("id", Integer), Column("nick", Text))'
    )
    result = workshop.run("migrate")
    assert (result.code, result.error) == (4, "reference-unmet")
    platform.revise('ALTER TABLE platform."user" ADD COLUMN nick text')
    assert workshop.run("migrate", "--json").applied == [platform.head]
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def test_references_are_compared_by_postgres_types_whatever_sqlalchemy_calls_them(workshop: Workshop) -> None:
    owner = workshop.app("owner")
    owner.revise(
        "CREATE TABLE owner.all_types (a varchar(20), b numeric(20, 8), c timestamptz, d uuid, e bool, f int8, g text)"
    )
    user = workshop.app("reader")
    user.references(
        'references.table("owner", "all_types", Column("a", String(20)), Column("b", Numeric(20, 8)),'
        ' Column("c", DateTime(timezone=True)), Column("d", Uuid), Column("e", Boolean), Column("f", BigInteger),'
        ' Column("g", Text))'
    )
    result = workshop.run("migrate")
    assert (result.code, result.err) == (0, "")
    user.references('references.table("owner", "all_types", Column("c", DateTime(timezone=False)))')
    assert "owner.all_types.c is timestamp with time zone" in workshop.run("migrate").text


def test_a_version_that_was_stamped_without_caravan_is_taken_over_with_its_checksum(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    workshop.sql("TRUNCATE caravan.revisions")
    assert workshop.run("migrate", "--json").data["applied"] == []
    assert workshop.sql("SELECT revision FROM caravan.revisions") == [(platform.head,)]
    path = platform.revisions[platform.head]
    path.write_text(path.read_text() + "# a word\n")
    refused(workshop, "changed-revision")
