"""Gives the suite a stack: processes of its own on the run's Postgres, or one that somebody deployed.

    nox -s tests -- tests/integration                              processes, on the embedded server
    DEVDB=container nox -s tests -- tests/integration              processes, on postgres:18 in a container
    nox -s integration -- --platform-url URL --trading-url URL     a stack that is deployed

What a deployed stack is not told how to do (no command for its operator, an exchange that is closed now) cannot be
tried there; the header says which tests are left out for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from market_feed import Feed
from migrated_database import migrated_copy, migrated_template
from stacks import DeployedStack, ProcessStack, Stack, await_ready
from traders import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from devdb.pytest_plugin import DatabaseFactory

__all__ = ["migrated_copy", "migrated_template"]

OPTIONS = {
    "platform-url": "where a deployed platform service answers",
    "trading-url": "where a deployed trading service answers",
    "platform-command": "runs the platform's command line there: `docker compose exec -T platform platform`",
    "stop-platform": "a command that stops the platform service",
    "start-platform": "a command that starts it again",
    "next-platform": "a command that migrates with the image of a newer platform",
}
NEEDS = {  # fixtures, and the option that makes them possible
    "feed": "platform-command",
    "operator": "platform-command",
    "interruptible": "start-platform",
    "extensible": "next-platform",
}
OWN_PROCESSES = {
    "process_stack",
    "migrated_copy",
    "service",
}  # nothing of these can be about a deployed stack


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("integration", "the stack that tests/integration is about")
    for name, meaning in OPTIONS.items():
        group.addoption(f"--{name}", default="", help=meaning)
    group.addoption("--market-clock", action="store_true", help="its venue runs with TRADING_CLOCK=market")


def pytest_report_header(config: pytest.Config) -> str:
    url = told(config, "platform-url")
    left_out = [f"--{option}" for option in dict.fromkeys(NEEDS.values()) if url and not told(config, option)]
    without = f"; tests that need {', '.join(left_out)} are left out" if left_out else ""
    return f"stack: {url or 'our own processes'}{without}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not told(config, "platform-url"):
        return
    impossible = OWN_PROCESSES | {name for name, option in NEEDS.items() if not told(config, option)}
    kept = [item for item in items if not impossible & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def told(config: pytest.Config, option: str) -> str:
    """An option's value; empty where another run than this suite's own has none of them."""
    value: str = config.getoption(f"--{option}", default="")
    return value


@pytest.fixture(scope="session")
def process_stack(
    migrated_template: str,
    session_database_factory: DatabaseFactory,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProcessStack]:
    database = session_database_factory(migrated_template)
    with ProcessStack(database, tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """Both services."""
    config = request.config
    if not told(config, "platform-url"):
        stack: Stack = request.getfixturevalue("process_stack")
        return stack
    deployed = DeployedStack(*(told(config, option) for option in OPTIONS))
    await_ready(deployed.platform_url)
    await_ready(deployed.trading_url)
    return deployed


@pytest.fixture(scope="session")
def operator(stack: Stack) -> Stack:
    """The stack, with its command line at hand."""
    return stack


@pytest.fixture(scope="session")
def interruptible(stack: Stack) -> Stack:
    """The stack, whose platform service can be stopped."""
    return stack


@pytest.fixture
def extensible(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """A stack to which a newer platform's revision can be applied; afterwards this code is older than its database."""
    if told(request.config, "platform-url"):
        yield request.getfixturevalue("stack")
    else:
        with ProcessStack(request.getfixturevalue("migrated_copy"), tmp_path) as stack:
            yield stack


@pytest.fixture(scope="session")
def feed(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Feed]:
    """A feed of quotes."""
    sets_time = not told(request.config, "platform-url") or request.config.getoption("--market-clock")
    feed = Feed(stack, sets_time=sets_time)
    with feed.person:
        yield feed


@pytest.fixture
def symbol(feed: Feed) -> str:
    """Something to trade: 99.90 bid for 1000, 100.00 asked for 1000."""
    symbol = feed.new_symbol()
    feed.quote(symbol)
    return symbol


@pytest.fixture
def new_person(stack: Stack) -> Iterator[Callable[[], Person]]:
    """Makes somebody new, signed in."""
    people: list[Person] = []

    def make() -> Person:
        people.append(Person(stack).sign_up())
        return people[-1]

    yield make
    for person in people:
        person.__exit__()


@pytest.fixture
def ada(new_person: Callable[[], Person]) -> Person:
    """Somebody new, with an account."""
    ada = new_person()
    ada.open_account()
    return ada
