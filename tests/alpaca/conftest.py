"""Gives each test a desk: a trader with Alpaca's client at both services' real processes.

The processes run once per test process; each desk has a day, instruments and an account of its own.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from alpaca_desk import Desk
from market_feed import Feed
from migrated_database import migrated_template
from stacks import ProcessStack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devdb.pytest_plugin import DatabaseFactory

__all__ = ["migrated_template"]


@pytest.fixture(scope="session")
def stack(
    migrated_template: str,
    session_database_factory: DatabaseFactory,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProcessStack]:
    database = session_database_factory(migrated_template)
    with ProcessStack(database, tmp_path_factory.mktemp("services")) as stack:
        stack.trading("seed", "--first-year", "2026", "--last-year", "2026")
        yield stack


@pytest.fixture(scope="session")
def feed(stack: ProcessStack) -> Iterator[Feed]:
    feed = Feed(stack, sets_time=True)
    with feed.person:
        yield feed


@pytest.fixture(scope="session")
def days(feed: Feed) -> Iterator[date]:
    """The market's whole days, to be handed out one by one."""
    asked = {"start": "2026-01-05", "end": "2026-12-23"}
    found = feed.person.trading.get("/calendar", params=asked).json()
    return (date.fromisoformat(day["date"]) for day in found if day["close"] == "16:00")


@pytest.fixture
def other(feed: Feed) -> Callable[[], str]:
    """Gives a symbol that nobody else uses."""
    return feed.new_symbol


@pytest.fixture
def desk(stack: ProcessStack, feed: Feed, days: Iterator[date]) -> Iterator[Desk]:
    with Desk(stack, feed.person, next(days), feed.new_symbol()) as desk:
        yield desk
