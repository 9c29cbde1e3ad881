from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop


@pytest.mark.usefixtures("platform")
def test_altering_another_apps_table_fails_with_postgres_own_error_and_leaves_nothing(
    workshop: Workshop, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    bad = trading.revise(
        ["CREATE TABLE trading.half ()", 'ALTER TABLE platform."user" ADD COLUMN ours text'], "SELECT 1"
    )
    result = workshop.run("migrate")
    assert (result.code, result.error) == (1, "revision-failed")
    assert "must be owner of table user" in result.text
    assert f"trading {bad}" in result.text
    assert trading.revisions[bad].name in result.text
    assert workshop.relations("trading") == ["accounts"]
    assert workshop.version("trading") != [bad]
    assert workshop.history()[-1] == ("trading", bad, "up", "failed")

    trading.revise(
        "CREATE TABLE trading.half ()", "DROP TABLE trading.half", revision=bad, follows=first(trading)
    )
    mended = workshop.run("migrate", "--json")
    assert mended.applied == [bad], mended.err
    assert workshop.relations("trading") == ["accounts", "half"]
    assert workshop.history()[-1] == ("trading", bad, "up", "finished")


@pytest.mark.parametrize(
    "statement",
    [
        'DROP TABLE platform."user" CASCADE',
        'ALTER TABLE platform."user" DISABLE TRIGGER ALL',
        'CREATE INDEX ON platform."user" (secret)',
        "CREATE TABLE platform.ours ()",
        'GRANT SELECT ON platform."user" TO PUBLIC',
        'TRUNCATE platform."user"',
        'SELECT secret FROM platform."user"',
        "DROP SCHEMA platform CASCADE",
        "DELETE FROM caravan.history",
        "UPDATE caravan.settings SET protected = true",
    ],
)
def test_a_revision_can_do_nothing_to_what_another_owns(
    workshop: Workshop, trading: ToyApp, statement: str
) -> None:
    trading.revise(statement, "SELECT 1")
    result = workshop.run("migrate")
    assert result.code == 1
    assert "must be owner of" in result.err or "permission denied" in result.err
    assert workshop.version("trading") == [first(trading)]


def test_what_came_before_the_failure_stays_and_what_comes_after_waits(
    workshop: Workshop, platform: ToyApp
) -> None:
    ok = platform.head
    bad = platform.revise(["CREATE TABLE platform.half ()", "SELECT 1/0"])
    later = platform.revise("CREATE TABLE platform.later ()")
    result = workshop.run("migrate")
    assert (result.code, result.error) == (1, "revision-failed")
    assert "division by zero" in result.text
    assert workshop.version("platform") == [ok]
    assert workshop.relations("platform") == ["user"]
    status = workshop.run("status", "--json").data["apps"][0]
    assert [pending["revision"] for pending in status["pending"]] == [bad, later]


def test_a_revision_that_raises_in_python_is_told_with_its_file(workshop: Workshop, platform: ToyApp) -> None:
    bad = platform.write_revision(
        'op.execute("CREATE TABLE platform.half ()")\nraise ZeroDivisionError("halfway")'
    )
    result = workshop.run("migrate", "--json")
    assert result.code == 1
    assert result.data["error"] == "revision-failed"
    assert result.data["exit_code"] == 1
    assert "halfway" in result.data["message"]
    assert str(platform.revisions[bad]) in result.data["message"]
    assert workshop.relations("platform") == ["user"]


def test_a_revision_that_ends_the_process_has_failed(workshop: Workshop, platform: ToyApp) -> None:
    bad = platform.write_revision('op.execute("CREATE TABLE platform.half ()")\nraise SystemExit(0)')
    result = workshop.process("migrate")
    assert (result.code, result.error) == (1, "revision-failed")
    assert f"{platform.revisions[bad]}:12) failed: SystemExit: 0" in result.text
    assert workshop.relations("platform") == ["user"]


def test_models_that_end_the_process_are_refused(workshop: Workshop, platform: ToyApp) -> None:
    platform.tables("raise SystemExit(0)")
    result = workshop.process("migrate")
    assert (result.code, result.error) == (2, "bad-manifest")
    assert "SystemExit" in result.text


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_before_anything_is_applied(
    workshop: Workshop, platform: ToyApp, trading: ToyApp, header: str, words: str
) -> None:
    bad = trading.revise("SELECT 1", header=header)
    result = workshop.process("migrate")
    assert (result.code, result.error) == (2, "bad-revision-file")
    assert f"{trading.revisions[bad]}:8: it cannot be imported: {words}." in result.text
    assert "Traceback" not in result.err
    assert workshop.relations("platform") == []
    assert platform.head not in result.text


@pytest.mark.parametrize(
    "statement",
    ["RESET ROLE", "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT", "SET LOCAL ROLE pg_monitor"],
)
def test_a_revision_that_changes_the_role_is_refused(
    workshop: Workshop, platform: ToyApp, statement: str
) -> None:
    bad = platform.revise([statement, "CREATE TABLE platform.as_someone_else ()"])
    result = workshop.run("migrate")
    assert (result.code, result.error) in ((1, "role-changed"), (1, "revision-failed"))
    assert bad in result.text
    assert workshop.relations("platform") == ["user"]
    assert workshop.version("platform") == [first(platform)]


@pytest.mark.parametrize(
    ("statements", "remaining"),
    [
        (["CREATE TABLE platform.kept ()", "ROLLBACK"], ["user"]),
        (["CREATE TABLE platform.kept ()", "COMMIT"], ["kept", "user"]),
        (
            ["CREATE TABLE platform.kept ()", "COMMIT", "BEGIN", "CREATE TABLE platform.gone ()"],
            ["kept", "user"],
        ),
    ],
)
def test_a_revision_that_ends_its_transaction_by_hand_does_not_pass_unseen(
    workshop: Workshop, platform: ToyApp, statements: list[str], remaining: list[str]
) -> None:
    bad = platform.revise(statements)
    result = workshop.run("migrate")
    assert (result.code, result.error) == (1, "transaction-ended")
    assert bad in result.text
    assert workshop.relations("platform") == remaining
    assert workshop.version("platform") == [first(platform)]
    assert "Nothing of it remains" not in result.text


def test_the_role_is_set_anew_for_each_app(workshop: Workshop, platform: ToyApp, trading: ToyApp) -> None:
    for app in (platform, trading):
        app.revise(
            f"CREATE TABLE {app.schema}.who AS SELECT current_user::text AS name, session_user::text AS login"
        )
    assert workshop.run("migrate").code == 0
    superuser = workshop.value("SELECT current_user")
    for app in (platform, trading):
        assert workshop.sql(f"SELECT * FROM {app.schema}.who") == [(app.owner, superuser)]


def test_a_failed_downgrade_leaves_the_revision_applied(workshop: Workshop) -> None:
    app = workshop.app("platform")
    only = app.revise("CREATE TABLE platform.kept ()", ["DROP TABLE platform.kept", "SELECT 1/0"])
    assert workshop.run("migrate").code == 0
    result = workshop.run("rollback", "platform")
    assert (result.code, result.error) == (1, "revision-failed")
    assert workshop.relations("platform") == ["kept"]
    assert workshop.version("platform") == [only]
    assert workshop.history()[-1] == ("platform", only, "down", "failed")
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


def first(app: ToyApp) -> str:
    return next(iter(app.revisions))
