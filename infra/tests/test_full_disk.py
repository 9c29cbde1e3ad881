"""Postgres's disk is full for a while: everybody is told to come back, nothing is lost, and it goes on by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from compose_project import Project
from engine import ROOT, engine, eventually
from images import BASE
from market_feed import Feed
from stacks import DeployedStack
from traders import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

FILL = """
import os
with open("/dev/shm/filling", "wb", buffering=0) as file:
    for size in (1 << 20, 1 << 12, 1):
        try:
            while True: file.write(bytes(size))
        except OSError: pass
"""
DISK = "500m"
MEMORY = "/dev/shm"  # noqa: S108 - of a container
NO_SPACE = "No space left on device"


@pytest.fixture
def project() -> Iterator[Project]:
    """The services, without the compose file's Postgres."""
    with Project() as project:
        project.up("platform", "platform-worker", "trading", "trading-worker")
        yield project


@pytest.fixture
def disk(project: Project) -> Iterator[str]:
    """A container that holds a small disk: the memory which containers of one IPC namespace share."""
    name = f"{project.name}-disk"
    engine().run(
        "run", "--detach", "--name", name, "--ipc", "shareable", "--shm-size", DISK, BASE, "sleep", "3600"
    )
    yield name
    engine().remove(name)


@pytest.fixture
def postgres(project: Project, disk: str) -> Iterator[str]:
    """Postgres as the compose file has it, but with its data on that disk; the services find it, and it is seeded."""
    name = f"{project.name}-postgres"
    passwords = {key: value for key, value in project.settings.items() if key.endswith("_PASSWORD")}
    environment = passwords | {"POSTGRES_DB": "tradepost", "PGDATA": f"{MEMORY}/data"}
    engine().run(
        *("run", "--detach", "--name", name, "--ipc", f"container:{disk}", "--restart", "unless-stopped"),
        *("--network", f"{project.name}_default", "--network-alias", "postgres"),
        *("--volume", f"{ROOT}/infra/postgres/postgresql.conf:/etc/postgresql/postgresql.conf:ro"),
        *("--volume", f"{ROOT}/infra/postgres/10-logins.sh:/docker-entrypoint-initdb.d/10-logins.sh:ro"),
        *(option for key, value in environment.items() for option in ("--env", f"{key}={value}")),
        *("postgres:18", "postgres", "-c", "config_file=/etc/postgresql/postgresql.conf"),
        *("-c", "dynamic_shared_memory_type=sysv", "-c", "min_wal_size=32MB", "-c", "shared_buffers=64MB"),
    )
    project.up("platform-migrate", "trading-migrate")
    project.until_ready()
    project.exec("trading", "trading", "seed")
    yield name
    engine().remove(name)


def test_a_full_disk_is_said_and_survived(
    project: Project, disk: str, postgres: str, figures: list[str]
) -> None:
    command = f"{project.command} exec -T platform platform"
    stack = DeployedStack(project.url("platform"), project.url("trading"), command)
    feed = Feed(stack, sets_time=True)
    symbol = feed.new_symbol()
    feed.quote(symbol, "9.99", "10.00", size=1_000_000)
    with feed.person, Person(stack).sign_up() as ada:
        ada.open_account()
        engine().run("exec", disk, "python", "-c", FILL)
        placed, refused = trade_until_refused(ada, symbol)
        said = engine().run("logs", postgres)
        engine().run("exec", disk, "rm", f"{MEMORY}/filling")
        project.until_ready()
        eventually("orders are taken again", lambda: ada.order(symbol, qty="1").status_code == httpx.codes.OK)

        listed = ada.trading.get("/orders", params={"status": "all", "limit": 500}).json()
        figures.append(f"full disk: {len(placed)} orders were acknowledged before it, then {refused}")
        assert refused == {503}
        assert NO_SPACE in said
        assert placed <= {order["id"] for order in listed}
        assert ada.books_are_exact()
    assert "NOT SOUND" not in project.exec("trading", "trading", "verify")
    assert [project.state(service).restarts for service in ("platform", "trading", "trading-worker")] == [
        0,
        0,
        0,
    ]


def trade_until_refused(person: Person, symbol: str) -> tuple[set[str], set[int]]:
    """Place orders until ten in a row are refused: those that were acknowledged, and the refusals' statuses."""
    placed: set[str] = set()
    refused: list[int] = []
    while len(refused) < 10:
        answer = person.order(symbol, qty="1")
        if answer.is_success:
            placed.add(answer.json()["id"])
            refused.clear()
        else:
            refused.append(answer.status_code)
            assert "retry-after" in answer.headers, answer.text
    return placed, set(refused)
