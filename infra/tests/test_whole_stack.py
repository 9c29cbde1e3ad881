"""The compose file, up from nothing: whole, used, brought up again, and moved on to the next version and back."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
from compose_project import MIGRATIONS, SERVICES
from engine import engine, eventually, tell
from next_images import next_platform
from stacks import DeployedStack
from traders import Person

if TYPE_CHECKING:
    from compose_project import Project

MOST_SECONDS = 2.0
TRIES = 5


class Start(NamedTuple):
    """How long a service took to be ready, in seconds, and how much of that others had the processors."""

    seconds: float
    waited: float


def restarted(project: Project, service: str) -> Start:
    project.compose("stop", "--timeout", "10", service)
    project.start(service)
    eventually(f"{service} is ready", lambda: project.is_ready(service), pause=0.01)
    ready = time.time()
    _, waited, _ = project.exec(service, "cat", "/proc/1/schedstat").split()  # nanoseconds
    return Start(ready - project.state(service).started_at.timestamp(), int(waited) / 1e9)


def test_every_service_runs_and_both_migrations_ended_well(project: Project) -> None:
    states = {service: project.state(service) for service in SERVICES}

    assert {service for service, state in states.items() if not state.running} == set()
    assert [project.exit_code(migration) for migration in MIGRATIONS] == [0, 0]
    assert {service: state.restarts for service, state in states.items() if state.restarts} == {}


@pytest.mark.parametrize("service", ["platform", "trading"])
def test_a_service_is_ready_in_less_than_two_seconds(
    project: Project, service: str, figures: list[str]
) -> None:
    starts = sorted(restarted(project, service) for _ in range(TRIES))
    shown = ", ".join(f"{start.seconds:.2f} s ({start.waited:.2f} s)" for start in starts)
    figures.append(
        f"{service}: from process to ready, and how much of it was waiting for a processor: {shown}"
    )

    assert min(start.seconds - start.waited for start in starts) < MOST_SECONDS


def test_the_services_are_no_more_than_their_runtime_roles(project: Project) -> None:
    logins = (
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename IS NOT NULL AND pid <> pg_backend_pid()"
    )
    strong = "SELECT rolname FROM pg_roles WHERE rolname ~ '_(service|runtime)$' AND (rolsuper OR rolcreaterole OR rolcreatedb)"
    may_become = "SELECT r.rolname || '>' || t.rolname FROM pg_roles r, pg_roles t WHERE r.rolname ~ '_service$' AND r <> t AND t.rolname !~ '^pg_' AND pg_has_role(r.oid, t.oid, 'SET') ORDER BY 1"
    owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE r.rolname !~ '_owner$' AND relnamespace::regnamespace::text IN ('platform', 'trading')"

    assert set(project.sql(logins).split()) <= {"platform_service", "trading_service", "postgres"}
    assert project.sql(strong) == ""
    assert project.sql(may_become).split() == [
        "platform_service>platform_runtime",
        "trading_service>trading_runtime",
    ]
    assert project.sql(owned) == "0"


def test_the_cross_app_suite_passes_against_the_published_ports(project: Project) -> None:
    platform, trading = project.url("platform"), project.url("trading")
    said = tell(
        (
            *(
                sys.executable,
                "-m",
                "pytest",
                "tests/integration",
                "-q",
                "-p",
                "no:cacheprovider",
                "--market-clock",
            ),
            *("--platform-url", platform, "--trading-url", trading),
            *("--platform-command", f"{project.command} exec -T platform platform"),
            *("--stop-platform", f"{project.command} stop platform"),
            *("--start-platform", f"{project.command} start platform"),
        )
    )

    assert "8 passed" in said, said  # all but the one about a newer platform, whose turn comes below


def test_a_mail_arrives_in_the_mailbox_that_a_person_opens(project: Project) -> None:
    stack = DeployedStack(project.url("platform"), project.url("trading"))
    with Person(stack).sign_up() as ada:
        asked = ada.auth.post("/request-password-reset", json={"email": ada.email})
        assert asked.status_code == 200
        mailbox = project.url("mailbox")

        def arrived() -> list[str]:
            found = httpx.get(f"{mailbox}/messages/").json()["messages"]
            hers = [mail["id"] for mail in found if ada.email in mail["recipients"]["to"]]
            return [httpx.get(f"{mailbox}/messages/{number}.plain").text for number in hers]

        link = "http://localhost:8001/api/auth/reset-password/"
        eventually("the mail is there", lambda: any(link in mail for mail in arrived()))

    assert "<title>MailDump</title>" in httpx.get(mailbox).text


def test_up_again_changes_nothing(project: Project) -> None:
    before = {service: project.container(service) for service in SERVICES}
    accounts = project.sql("SELECT count(*) FROM trading.accounts")
    project.up()
    project.until_ready()

    assert {service: project.container(service) for service in SERVICES} == before
    assert [project.exit_code(migration) for migration in MIGRATIONS] == [0, 0]
    assert all("Nothing to do" in project.logs(migration) for migration in MIGRATIONS)
    assert project.sql("SELECT count(*) FROM trading.accounts") == accounts


def test_the_next_version_is_migrated_to_while_the_old_one_serves_and_taken_back_again(
    project: Project,
) -> None:
    later = next_platform()
    environment = [f"--env={name}={value}" for name, value in project.as_migrator().items()]
    run = (engine().program, "run", "--rm", f"--network={project.name}_default", *environment)
    said = tell(
        (
            *(
                sys.executable,
                "-m",
                "pytest",
                "tests/integration",
                "-q",
                "-p",
                "no:cacheprovider",
                "--market-clock",
            ),
            *("--platform-url", project.url("platform"), "--trading-url", project.url("trading")),
            *("--next-platform", " ".join((*run, later.image, "migrate")), "-k", "moves_on"),
        )
    )
    assert "1 passed" in said, said

    code, older = project.run("tradepost-platform", "migrate", environment=project.as_migrator())
    assert (code, "does not know. The code is older than the database" in older) == (4, True), older
    assert later.revision in older
    assert project.is_ready("platform"), "a rollback of the deploy alone: the old version still serves"

    tell((*run, "--entrypoint", "caravan", later.image, "rollback", "platform"))
    code, again = project.run("tradepost-platform", "migrate", environment=project.as_migrator())
    assert (code, "Nothing to do" in again) == (0, True), again
