"""The plugin's fixtures."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Protocol, cast

import pytest

from caravan.database import Database
from caravan.manifest import App, discover
from caravan.migrating import migrate
from caravan.scratch import ScratchServer, scratch_server
from caravan.testing.templates import shared_template


class _Server(Protocol):
    url: str


@pytest.fixture(scope="session")
def caravan_apps() -> Mapping[str, App]:
    """All apps that are installed, by name."""
    return discover()


@pytest.fixture(scope="session")
def caravan_scratch(request: pytest.FixtureRequest) -> Iterator[ScratchServer]:
    """The server on which the tests make their databases."""
    with scratch_server(_server(request)) as scratch:
        yield scratch


@pytest.fixture(scope="session")
def migrated_template(caravan_scratch: ScratchServer, caravan_apps: Mapping[str, App]) -> Iterator[Database]:
    """A database to which the migrations of all apps were applied, one per run; copy it, never connect to it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    key = f"{run} {' '.join(app.package for app in caravan_apps.values())}"
    with shared_template(
        caravan_scratch.database, key, lambda empty: migrate(empty, caravan_apps)
    ) as template:
        yield template


@pytest.fixture
def migrated_database(caravan_scratch: ScratchServer, migrated_template: Database) -> Iterator[str]:
    """The URL of a copy of the template, dropped after the test."""
    with caravan_scratch.clone(migrated_template) as database:
        yield database.url


def _server(request: pytest.FixtureRequest) -> Database:
    try:
        server = cast("_Server", request.getfixturevalue("postgres_server"))
    except pytest.FixtureLookupError:
        return Database.from_environment()
    return Database(server.url)
