"""Pytest fixtures: one throwaway Postgres per run, and databases on it.

Load it in the root conftest.py with ``pytest_plugins = ["devdb.pytest_plugin"]``, or with ``-p devdb.pytest_plugin``
(later than that, the workers of pytest-xdist cannot be told of each other's server).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

import pytest

from devdb import kinds
from devdb.addresses import Server
from devdb.databases import Databases
from devdb.errors import DevdbError
from devdb.run import Run
from devdb.templates import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class DatabaseFactory(Protocol):
    """Makes a database and gives its URL: `database_factory()`, `database_factory(template)`."""

    def __call__(self, template: str | None = None) -> str:
        """Make a database; see `devdb.databases.Databases.create`."""
        ...


class SharedTemplate(Protocol):
    """Gives a template's name, built once per run: `shared_template("migrated", migrate)`."""

    def __call__(self, key: str, build: Callable[[str], object]) -> str:
        """Give the template; see `devdb.templates.Templates.get`."""
        ...


class _Worker(Protocol):
    """A worker as pytest-xdist's controller sees it (pytest-xdist has no types of its own)."""

    config: pytest.Config
    workerinput: dict[str, object]


_run_key = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run; nothing is started before a test asks for it."""
    told: dict[str, dict[str, str | None]] = getattr(config, "workerinput", {})
    config.stash[_run_key] = Run(told.get("devdb"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, however the run went."""
    run = config.stash.get(_run_key, None)
    if run is not None:
        run.end()


def pytest_report_header() -> str:
    """Say which Postgres the tests run on."""
    try:
        kind = kinds.chosen()
        note = " (DEVDB=container, but no Docker engine answers)" if kinds.without_engine() else ""
    except DevdbError as error:
        return f"postgres: {error}"
    return f"postgres: {kind}{note}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Worker) -> None:
    """Tell a worker of pytest-xdist where the run's server is."""
    node.workerinput["devdb"] = node.config.stash[_run_key].announce()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Server:
    """A Postgres for this test run alone, as a superuser: `.url`, `.major`."""
    try:
        return request.config.stash[_run_key].server()
    except DevdbError as error:
        # Without a traceback: it would show the arguments of our functions, and a URL with its password is one.
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def shared_template(postgres_server: Server, request: pytest.FixtureRequest) -> SharedTemplate:
    """Gives the name of a template database that all workers share; it is built once per run."""
    return Templates(postgres_server.url, f"{request.config.stash[_run_key].prefix}_template").get


@pytest.fixture(scope="session")
def session_database_factory(
    postgres_server: Server, request: pytest.FixtureRequest
) -> Iterator[DatabaseFactory]:
    """Makes databases that live until the end of this worker's tests."""
    with Databases(postgres_server.url, _own_prefix(request)) as databases:
        yield databases.create


@pytest.fixture
def database_factory(postgres_server: Server, request: pytest.FixtureRequest) -> Iterator[DatabaseFactory]:
    """Makes databases that live until the end of the test."""
    with Databases(postgres_server.url, _own_prefix(request)) as databases:
        yield databases.create


@pytest.fixture
def empty_database(database_factory: DatabaseFactory) -> str:
    """The URL of a new, empty database; it is dropped after the test."""
    return database_factory()


def _own_prefix(request: pytest.FixtureRequest) -> str:
    return f"{request.config.stash[_run_key].prefix}_{secrets.token_hex(6)}"
