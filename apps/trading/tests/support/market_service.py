"""Fixtures: a trading service on a database of its own, and those who ask it about the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from brokerage import Brokerage, brokerage_on
from migrated_database import migrated_copy, migrated_template

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

__all__ = ["anyio_backend", "feed", "migrated_copy", "migrated_template", "reader", "service"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def service(migrated_copy: str) -> AsyncIterator[Brokerage]:
    """The service, with a clock that stands at the latest quote."""
    async with brokerage_on(migrated_copy) as service:
        yield service


@pytest.fixture
async def reader(service: Brokerage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of somebody who has no account here."""
    async with service.market.person().client(service.app) as client:
        yield client


@pytest.fixture
async def feed(service: Brokerage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service that brings market data."""
    async with service.market.person("service").client(service.app) as client:
        yield client
