"""Whatever starts first or is wrong: in the end the right state, or one clear message and no restarts without words."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from compose_project import MIGRATIONS, Project
from engine import eventually, tell
from next_images import previous_platform, trading_that_needs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS_LATE = 30.0
OURS = ("platform", "platform-worker", "trading", "trading-worker")
MOST_WORDS = 10  # it is said again once a minute, and from another address perhaps
PASSWORD_FAILED = "password authentication failed for user"


@pytest.fixture(scope="module")
def late() -> Iterator[Project]:
    """A project in which Postgres comes half a minute after everybody else, and platform's migrations last."""
    with Project() as project:
        project.up("trading-migrate", *OURS)
        time.sleep(SECONDS_LATE)
        yield project


@pytest.fixture(scope="module")
def started(late: Project) -> Project:
    """The same, once all is there."""
    late.up("postgres")
    eventually("it waits for platform", lambda: "which trading" in late.logs("trading-migrate"))
    late.up("platform-migrate")
    late.until_ready()
    return late


def answers(project: Project, service: str, path: str) -> tuple[int, bool]:
    answer = httpx.get(f"{project.url(service)}{path}", headers={"Authorization": "Bearer x"}, timeout=30)
    return answer.status_code, "retry-after" in answer.headers


def test_without_postgres_the_services_live_and_say_come_back(late: Project) -> None:
    assert answers(late, "platform", "/healthz") == answers(late, "trading", "/healthz") == (200, False)
    assert answers(late, "platform", "/api/auth/get-session") == (503, True)
    assert answers(late, "trading", "/v2/account") == (503, True)
    assert [late.state(service).restarts for service in OURS] == [0, 0, 0, 0]


def test_a_worker_says_once_what_it_waits_for(late: Project) -> None:
    for worker in ("platform-worker", "trading-worker"):
        assert late.logs(worker).count("The database gives no connection; revision") == 1


def test_trading_that_started_first_waited_for_postgres_then_for_platform_and_went_on(
    started: Project,
) -> None:
    assert [started.exit_code(migration) for migration in MIGRATIONS] == [0, 0]
    said = started.logs("trading-migrate")

    waits = [line for line in said.splitlines() if line.startswith("Waiting: ")]
    assert len(waits) >= 2, said
    assert "which trading a83e61b0c95d requires" in waits[-1]
    assert "applied  trading a83e61b0c95d" in said
    assert [started.state(service).restarts for service in OURS] == [0, 0, 0, 0]


def test_with_a_wrong_password_a_migration_ends_once_and_says_why(started: Project) -> None:
    wrong = "wrong-on-purpose"
    began = time.monotonic()
    code, said = started.run(
        "tradepost-platform",
        "migrate",
        "--wait",
        "300",
        environment=started.as_migrator() | {"PGPASSWORD": wrong},
    )

    assert (code, said.count("error["), said.count(PASSWORD_FAILED)) == (5, 1, 1), said
    assert wrong not in said
    assert time.monotonic() - began < 120, "it is told at once, not after the wait"


def test_with_a_wrong_password_a_service_stays_up_and_says_why(started: Project) -> None:
    wrong = "wrong-on-purpose"
    for service in OURS:
        started.remove(service)
    started.up(*OURS, PLATFORM_PASSWORD=wrong, TRADING_PASSWORD=wrong)
    for service in ("platform", "trading"):
        eventually(f"{service} lives", lambda s=service: alive(started, s))  # type: ignore[misc]
        assert answers(started, service, "/readyz") == (503, True)
    for service in OURS:
        eventually("it says why", lambda s=service: PASSWORD_FAILED in started.logs(s))  # type: ignore[misc]
        assert wrong not in started.logs(service)
        assert started.logs(service).count(PASSWORD_FAILED) <= MOST_WORDS
        assert started.state(service).restarts == 0
    for service in OURS:
        started.remove(service)
    started.up(*OURS)
    started.until_ready()


def alive(project: Project, service: str) -> bool:
    try:
        return answers(project, service, "/healthz") == (200, False)
    except httpx.TransportError:
        return False


def test_with_a_platform_one_revision_too_old_trading_names_the_revision_and_ends_with_4(
    started: Project,
) -> None:
    old = previous_platform()
    new = trading_that_needs(old.revision)
    started.sql("CREATE DATABASE second")
    started.sql("GRANT CREATE ON DATABASE second TO migrator")
    environment = started.as_migrator("second")

    assert started.run(old.image, "migrate", environment=environment)[0] == 0
    code, said = started.run(new.image, "migrate", "--wait", "3", environment=environment)
    assert (code, said.count("error[unmet-requirement]")) == (4, 1), said
    assert f"Waiting: platform {old.revision}, which trading {new.revision} requires" in said
    assert f"trading {new.revision} requires platform {old.revision}" in said

    assert started.run("tradepost-platform", "migrate", environment=environment)[0] == 0
    code, said = started.run(new.image, "migrate", "--wait", "3", environment=environment)
    assert (code, f"applied  trading {new.revision}" in said) == (0, True), said


def test_the_address_may_be_a_secret_that_is_mounted_as_a_file(started: Project, tmp_path: Path) -> None:
    password = started.settings["MIGRATOR_PASSWORD"]
    secret = tmp_path / "DATABASE_URL"
    secret.write_text(f"postgresql://migrator:{password}@postgres/tradepost\n")
    for path in (tmp_path, secret):
        path.chmod(0o755)  # the container reads it as nobody in particular
    code, said = started.run(
        "tradepost-platform", "migrate", options=("--volume", f"{tmp_path}:/run/secrets:ro")
    )

    assert (code, "Nothing to do" in said) == (0, True), said


def test_a_database_that_was_migrated_from_the_checkout_is_taken_as_it_is() -> None:
    with Project() as project:
        project.up("postgres")
        environment = os.environ | {"DATABASE_URL": project.database("migrator")}
        tell((sys.executable, "-m", "caravan", "migrate", "--wait", "120"), environment=environment)
        project.up()
        project.until_ready()

        assert [project.exit_code(migration) for migration in MIGRATIONS] == [0, 0]
        assert all("Nothing to do" in project.logs(migration) for migration in MIGRATIONS)
