"""What every test of the platform app shares."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from migrated_database import migrated_copy, migrated_template
from platform_service import Caller, Json, PlatformService, Start, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["migrated_copy", "migrated_template"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def start(migrated_copy: str) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def begin(**settings: Json) -> PlatformService:
            return await stack.enter_async_context(running(migrated_copy, **settings))

        yield begin


@pytest.fixture
async def service(start: Start) -> PlatformService:
    return await start()


@pytest.fixture
async def browser(service: PlatformService) -> Caller:
    return await service.browser()


@pytest.fixture
async def program(service: PlatformService) -> Caller:
    return await service.program()
