"""Each app in its own container: what a pending revision requires of an app that is not installed here is waited for."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from workshop import PATIENCE, ToyApp, Workshop, finish

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def start_alone(workshop: Workshop, app: ToyApp, *arguments: str) -> subprocess.Popen[str]:
    return workshop.start("migrate", *arguments, CARAVAN_APPS=app.package)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_a_migrate_that_comes_first_says_what_it_waits_for_and_goes_on_when_it_is_there(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    process = start_alone(workshop, trading, "--wait", str(PATIENCE))
    expected = f"Waiting: platform {platform.head}, which trading {trading.head} requires\n"
    assert first_line(process) == expected
    assert workshop.run("migrate", CARAVAN_APPS=platform.package).code == 0
    result = finish(process)
    assert result.code == 0, result.err
    assert f"applied  trading {trading.head}" in result.out
    assert result.err == "", "it is said once"


def test_whoever_waits_does_not_hold_the_other_up(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    process = start_alone(workshop, trading, "--wait", str(PATIENCE))
    first_line(process)
    assert workshop.run("migrate", "--wait", "0", CARAVAN_APPS=platform.package).code == 0
    assert finish(process).code == 0


def test_a_version_that_never_comes_is_named_when_the_wait_is_over(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate", CARAVAN_APPS=platform.package).code == 0
    newer = platform.revise("CREATE TABLE platform.newer ()")  # in the code that is not deployed
    wanting = trading.revise("SELECT 1", requires={"platform": newer})
    began = time.monotonic()
    result = workshop.run("migrate", "--wait", "0.5", CARAVAN_APPS=trading.package)
    assert (result.code, result.error) == (4, "unmet-requirement")
    assert f"trading {wanting} requires platform {newer}" in result.text
    assert time.monotonic() - began >= 0.5
    assert workshop.run("status", CARAVAN_APPS=trading.package).code == 0, "nothing is half done"


def test_what_is_wanted_only_after_the_asked_revision_is_not_waited_for(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    first = trading.head
    assert workshop.run("migrate", CARAVAN_APPS=platform.package).code == 0
    trading.revise("SELECT 1", requires={"platform": "nobody0has0it"})
    process = start_alone(workshop, trading, "trading", "--to", first, "--wait", str(PATIENCE), "--json")
    assert finish(process).applied == [first]


@pytest.mark.usefixtures("platform")
def test_without_wait_the_refusal_comes_at_once(workshop: Workshop, trading: ToyApp) -> None:
    result = workshop.run("migrate", CARAVAN_APPS=trading.package)
    assert (result.code, result.error) == (4, "unmet-requirement")


@pytest.mark.usefixtures("platform")
def test_a_wait_in_vain_says_how_long_it_really_was(workshop: Workshop) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nowhere"
    result = workshop.run("migrate", "--wait", "1", DATABASE_URL=url)
    assert result.code == 5
    assert re.search(r"after 1 s", result.text)


def test_the_address_may_be_a_mounted_secret(
    workshop: Workshop, platform: ToyApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caravan.database.SECRETS", tmp_path)
    assert workshop.run("migrate", DATABASE_URL="").error == "no-database-url"
    (tmp_path / "DATABASE_URL").write_text(f"{workshop.url}\n")
    assert workshop.run("migrate", "--json", DATABASE_URL="").applied == [platform.head]
