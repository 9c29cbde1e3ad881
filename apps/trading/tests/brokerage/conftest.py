"""Gives these tests a trading service, a market that is open on Monday, and an account with money.

The service and its database are one per module: every test has its own account and its own instruments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from brokerage import MONDAY, Brokerage, brokerage_on
from migrated_database import migrated_copy, migrated_template

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    import httpx

    from devdb.pytest_plugin import DatabaseFactory

__all__ = ["migrated_copy", "migrated_template"]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def service(
    migrated_template: str, session_database_factory: DatabaseFactory
) -> AsyncIterator[Brokerage]:
    async with brokerage_on(session_database_factory(migrated_template)) as service:
        service.market.sessions(MONDAY.date(), 120)
        yield service


@pytest.fixture
def brokerage(service: Brokerage) -> Iterator[Brokerage]:
    """The service, in a market that knows no instrument and no time yet."""
    service.market.forget()
    yield service
    service.market.rows("RESET session_replication_role")


@pytest.fixture
async def client(brokerage: Brokerage) -> AsyncIterator[httpx.AsyncClient]:
    async with brokerage.customer() as client:
        yield client


@pytest.fixture
def acme(brokerage: Brokerage) -> UUID:
    """ACME: 99.90 bid for 1000, 100.00 asked for 1000."""
    instrument = brokerage.market.instrument("ACME")
    brokerage.market.quote(instrument)
    return instrument
