"""Every command speaks JSON: one object, the same keys every time, errors included."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from workshop import ToyApp, Workshop

COMMANDS: dict[str, tuple[str, ...]] = {
    "bootstrap": ("bootstrap",),
    "generate": ("generate", "platform", "-m", "x"),
    "migrate": ("migrate",),
    "migrate --dry-run": ("migrate", "--dry-run"),
    "rollback": ("rollback", "platform"),
    "status": ("status",),
    "history": ("history",),
    "check": ("check",),
    "reset": ("reset", "--yes"),
    "push": ("push",),
    "drop": ("drop", "--yes"),
    "protect": ("protect",),
}


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("name", COMMANDS)
def test_an_error_is_one_object_with_name_message_and_exit_code(workshop: Workshop, name: str) -> None:
    result = workshop.run(*COMMANDS[name], "--json", DATABASE_URL="")
    assert json.loads(result.out) == {
        "error": "no-database-url",
        "message": result.data["message"],
        "exit_code": 2,
    }
    assert result.code == 2
    assert result.text == f"error[no-database-url]: {result.data['message']}"


@pytest.mark.usefixtures("trading")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_result_is_one_object_on_standard_output_and_nothing_else(workshop: Workshop, name: str) -> None:
    assert workshop.run("migrate").code == 0
    if name == "rollback":
        assert workshop.run("rollback", "trading").code == 0
    result = workshop.run(*COMMANDS[name], "--json")
    assert (result.code, result.err) == (0, "")
    assert len(result.out.splitlines()) == 1
    assert isinstance(result.data, dict)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "--json", "extra"), "unrecognized arguments: extra"),
        (("history", "--bogus", "--json"), "unrecognized arguments: --bogus"),
        (("rollback", "--json"), "the following arguments are required: app"),
        (
            ("migrate", "--json", "--wait", "soon"),
            'argument --wait: "soon" is no number of seconds, 0 or more',
        ),
        (
            ("migrate", "--json", "--to", "x"),
            "--to names a revision of one app, so say which: caravan migrate APP",
        ),
    ],
)
def test_wrong_usage_is_an_object_too(workshop: Workshop, arguments: tuple[str, ...], message: str) -> None:
    result = workshop.run(*arguments)
    assert result.code == 2
    assert set(result.data) == {"error", "message", "exit_code"}
    assert (result.data["error"], result.data["exit_code"]) == ("usage", 2)
    assert message in result.data["message"]
    assert result.err.startswith("usage: caravan")
    assert result.data["message"] in result.err


def test_what_models_and_revisions_print_goes_to_standard_error(workshop: Workshop, platform: ToyApp) -> None:
    platform.tables("print('the models speak')")
    last = platform.write_revision("print('going up')", "print('going down')", header="print('at the top')")
    migrated = workshop.process("migrate", "--json")
    assert migrated.applied[-1] == last
    assert migrated.err.split("\n") == ["at the top", "the models speak", "going up", ""]
    taken_back = workshop.process("rollback", "platform", "--json")
    assert taken_back.data["rolled_back"][0]["revision"] == last
    assert taken_back.err.split("\n") == ["at the top", "going down", ""]


@pytest.mark.usefixtures("trading")
def test_migrate(workshop: Workshop) -> None:
    data = workshop.run("migrate", "--json").data
    assert set(data) == {"applied", "nothing_to_do", "seconds"}
    assert [set(step) for step in data["applied"]] == [{"app", "revision", "message", "seconds"}] * 2
    assert data["nothing_to_do"] is False
    assert data["seconds"] >= sum(step["seconds"] for step in data["applied"]) >= 0
    assert set(workshop.run("migrate", "--json").data) == {"applied", "nothing_to_do", "seconds"}


def test_rollback(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    [step] = workshop.run("rollback", "platform", "--json").data["rolled_back"]
    assert step == {
        "app": "platform",
        "revision": platform.head,
        "message": "create user",
        "seconds": step["seconds"],
    }


def test_status_of_an_empty_database(workshop: Workshop, platform: ToyApp, trading: ToyApp) -> None:
    data = workshop.run("status", "--json").data
    assert set(data) == {"database", "protected", "apps"}
    assert data["protected"] is False
    assert data["apps"] == [
        {
            "app": app.name,
            "schema": app.schema,
            "owner": app.owner,
            "heads": [app.head],
            "current": [],
            "pending": [{"revision": app.head, "message": message, "requires": requires}],
            "failed": [],
            "applied": 0,
            "unknown": [],
            "changed": [],
        }
        for app, message, requires in (
            (platform, "create user", {}),
            (trading, "create accounts", {"platform": platform.head}),
        )
    ]


def test_status_of_a_migrated_database(workshop: Workshop, platform: ToyApp) -> None:
    platform.revise("SELECT 1")
    assert workshop.run("migrate").code == 0
    [app] = workshop.run("status", "--json").data["apps"]
    assert (app["current"], app["pending"], app["applied"]) == ([platform.head], [], 2)


def test_status_names_what_was_begun_and_did_not_end_well(workshop: Workshop, platform: ToyApp) -> None:
    bad = platform.revise("SELECT 1/0")
    assert workshop.run("migrate").code == 1
    [app] = workshop.run("status", "--json").data["apps"]
    [failed] = app["failed"]
    assert set(failed) == {"revision", "status", "started_at"}
    assert (failed["revision"], failed["status"]) == (bad, "failed")
    assert dt.datetime.fromisoformat(failed["started_at"]).tzinfo
    moment = failed["started_at"][:16].replace("T", " ")
    lines = workshop.run("status").out.splitlines()
    assert f"  pending  {bad}  step 2 of platform  (failed {moment}" in lines[2]
    platform.revise("SELECT 1", revision=bad, follows=next(iter(platform.revisions)))
    assert workshop.run("migrate").code == 0
    assert workshop.run("status", "--json").data["apps"][0]["failed"] == []


@pytest.mark.usefixtures("trading")
def test_history(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("history", "--json").data == {"history": []}
    assert workshop.run("migrate").code == 0
    assert workshop.run("rollback", "trading").code == 0
    entries = workshop.run("history", "--json").data["history"]
    keys = {"app", "revision", "direction", "status", "started_at", "seconds", "applied_by", "code_version"}
    assert all(set(entry) == keys for entry in entries)
    assert [(entry["app"], entry["direction"]) for entry in entries] == [
        ("platform", "up"),
        ("trading", "up"),
        ("trading", "down"),
    ]
    started = [dt.datetime.fromisoformat(entry["started_at"]) for entry in entries]
    assert started == sorted(started)
    assert all(moment.tzinfo for moment in started)
    only = workshop.run("history", "platform", "--json").data["history"]
    assert [entry["revision"] for entry in only] == [platform.head]


def test_history_and_status_for_people(workshop: Workshop, platform: ToyApp, trading: ToyApp) -> None:
    assert "Nothing was applied yet" in workshop.run("history").out
    status = workshop.run("status").out
    assert "nothing applied" in status
    assert f"pending  {platform.head}  create user" in status
    assert workshop.run("migrate", CARAVAN_CODE_VERSION="v7").code == 0
    lines = workshop.run("history").out.splitlines()
    assert len(lines) == 2
    assert f"platform {platform.head}" in lines[0]
    assert "code v7" in lines[0]
    assert f"trading  schema trading  {trading.head}  (1 applied)" in workshop.run("status").out


def test_check_that_finds_something_is_exit_code_3(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    platform.tables('user = Table("user", metadata, Column("id", Integer, primary_key=True))')
    result = workshop.run("check", "--json")
    assert result.code == 3, result.err
    assert all(set(finding) == {"check", "app", "message"} for finding in result.data["findings"])
    assert {finding["app"] for finding in result.data["findings"]} == {"platform"}
    text = workshop.run("check")
    assert text.code == 3
    assert text.out


@pytest.mark.usefixtures("trading")
def test_generate_writes_a_revision_or_says_that_there_is_none_to_write(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    assert workshop.run("generate", "trading", "-m", "none", "--json").data == {"nothing_to_generate": True}
    made = workshop.run("generate", "trading", "-m", "by hand", "--empty", "--json").data
    assert {"path", "revision", "requires", "sql"} <= set(made)
    assert made["requires"] == {}
    assert workshop.run("migrate", "--json").applied == [made["revision"]]
