"""Fixtures: one database with every app's migrations applied, and a connection that leaves nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from caravan.database import Database
from caravan.manifest import discover
from caravan.migrating import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devdb.pytest_plugin import DatabaseFactory, SharedTemplate


def _migrate(url: str) -> None:
    migrate(Database(url), discover())


@pytest.fixture(scope="session")
def migrated_template(shared_template: SharedTemplate) -> str:
    """The name of a template with every app's migrations applied, made once per run."""
    return shared_template("every-app", _migrate)


@pytest.fixture(scope="session")
def migrated_url(migrated_template: str, session_database_factory: DatabaseFactory) -> str:
    """A migrated database that nobody commits anything to."""
    return session_database_factory(migrated_template)


@pytest.fixture
def migrated_copy(migrated_template: str, database_factory: DatabaseFactory) -> str:
    """A migrated database that is the test's own."""
    return database_factory(migrated_template)


@pytest.fixture
def connection(migrated_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the migrated database, in a transaction that is rolled back."""
    with psycopg.connect(migrated_url) as connection:
        yield connection
        connection.rollback()
