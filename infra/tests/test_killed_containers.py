"""Each container is killed and started again in turn while clients sign in and trade: nothing is lost, the books are exact."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from chaos import Client, Deaths, Findings, Trader
from compose_project import SERVICES
from engine import eventually
from market_feed import Feed
from stacks import DeployedStack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose_project import Project

TRADERS = 3
SECONDS_DEAD = 4.0
SECONDS_BETWEEN = 3.0
PLENTY = 100_000


@pytest.fixture
def feed(project: Project) -> Iterator[Feed]:
    command = f"{project.command} exec -T platform platform"
    feed = Feed(DeployedStack(project.url("platform"), project.url("trading"), command), sets_time=True)
    with feed.person:
        yield feed


def test_nothing_is_lost_while_containers_die(project: Project, feed: Feed, figures: list[str]) -> None:
    findings, deaths, done = Findings(), Deaths(), threading.Event()
    symbol = feed.new_symbol()
    feed.quote(symbol, "9.99", "10.00", size=PLENTY)
    clients = [Client(project, findings, deaths) for _ in range(TRADERS)]
    traders = [Trader(client, findings, symbol) for client in clients]
    for trader in traders:
        trader.begin()
    threads = [threading.Thread(target=trader.live, args=(done,)) for trader in traders]
    with ExitStack() as ending:
        for client in clients:
            ending.callback(client.close)
        for thread in threads:
            ending.callback(thread.join)
            thread.start()
        ending.callback(done.set)
        for service in SERVICES:
            with deaths.of(project, service, SECONDS_DEAD):
                eventually(f"{service} runs", lambda s=service: project.state(s).running)  # type: ignore[misc]
                project.until_ready()
            time.sleep(SECONDS_BETWEEN)
        done.set()
        for thread in threads:
            thread.join()
        for trader in traders:
            eventually("every order is filled", trader.quiet)
            trader.look()
    verified = project.exec("trading", "trading", "verify")
    figures.append(f"killed in turn: {', '.join(SERVICES)}; answers: {dict(findings.answers)}")
    figures.append(
        f"acknowledged: {dict(findings.acknowledged)}; nobody at the port: {dict(findings.unreachable)}"
    )

    assert not findings.violations, "\n".join(findings.violations)
    assert findings.acknowledged["order"] > len(SERVICES)
    assert set(findings.unreachable) <= {"platform", "trading"}
    assert {status for _, status in findings.answers} <= {200, 201, 422, 429, 503}
    assert all(trader.account in verified for trader in traders)
    assert "NOT SOUND" not in verified
