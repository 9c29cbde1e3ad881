"""Gives these tests books that they may spoil."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
from migrated_database import migrated_template
from traded_books import Books, trade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.trading.memory import Memory

    from devdb.pytest_plugin import DatabaseFactory

__all__ = ["migrated_template"]


@pytest.fixture(scope="module")
def traded(migrated_template: str, session_database_factory: DatabaseFactory) -> tuple[str, Memory]:
    url = session_database_factory(migrated_template)
    return url, asyncio.run(trade(url))


@pytest.fixture
def books(traded: tuple[str, Memory]) -> Iterator[Books]:
    url, memory = traded
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        yield Books(connection, memory)
        connection.rollback()
