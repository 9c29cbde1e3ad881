"""The official client in the same conversation with better-auth's own server and with ours.

`chapters/` is what is said; `differences.toml` is every difference in what is answered, each with its reason.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conversation_differences import Difference, differences
from conversations import Record, Stage, World

if TYPE_CHECKING:
    from devdb.pytest_plugin import DatabaseFactory

HERE = Path(__file__).parent
DECISION = HERE.parents[1] / "docs" / "adr" / "0013-better-auth-conformance.md"
WORLDS = (
    World("https", "https://auth.example.com"),
    World("verification-required", "https://auth.example.com", require_email_verification=True),
    World("http", "http://localhost:3000"),
)
ANYWHERE = "*"


def reasons() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = tomllib.loads((HERE / "differences.toml").read_text())["reason"]
    return listed


def test_the_official_client_sees_from_us_what_it_sees_from_better_auth_but_for_the_listed_differences(
    node: str, tmp_path: Path, database_factory: DatabaseFactory, migrated_template: str
) -> None:
    theirs: list[Record] = []
    ours: list[Record] = []
    for world in WORLDS:
        folder = tmp_path / world.name
        folder.mkdir()
        stage = Stage(node, HERE, folder, world)
        theirs += stage.with_better_auth(database_factory())
        ours += stage.with_ours(database_factory(migrated_template))
    assert [record for record in theirs if "failure" in record] == []  # of ours that is a difference
    found, listed = differences(theirs, ours), listed_differences()
    unlisted = {
        key: set(steps) - set(listed.get(key, ()))
        for key, steps in found.items()
        if listed.get(key) != ANYWHERE
    }
    gone = {key: set(steps) - set(found.get(key, ())) for key, steps in listed.items() if steps != ANYWHERE}
    never = [key for key, steps in listed.items() if steps == ANYWHERE and key not in found]
    assert not (wrong := [*told("not listed", unlisted), *told("gone", gone), *never]), "\n".join(
        map(str, wrong)
    )


@pytest.mark.parametrize("reason", [reason["why"] for reason in reasons()])
def test_the_decision_record_gives_the_reason_of_each_difference(reason: str) -> None:
    assert f"- {reason}\n" in DECISION.read_text()


def told(what: str, found: dict[Difference, set[str]]) -> list[str]:
    return [
        f"{what}: {at} {better_auth!r} -> {ours!r} in {step!r}"
        for (at, better_auth, ours), steps in found.items()
        for step in sorted(steps)
    ]


def listed_differences() -> dict[Difference, list[str] | str]:
    listed: dict[Difference, list[str] | str] = {}
    for reason in reasons():
        for difference in reason["differences"]:
            key = difference["at"], difference["better_auth"], difference["ours"]
            steps = difference["steps"]
            listed[key] = [*listed.get(key, []), *steps] if steps != ANYWHERE else steps
    return listed
