from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from toy_service import NEEDED, session, toy_settings, user

from servicekit.auth import SessionReader
from servicekit.service import build

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI


@pytest.mark.anyio
async def test_a_services_own_things_live_inside_its_databases_life(toy_database: str) -> None:
    seen = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.service.database.connection() as connection:
            seen.append(connection.closed)
        yield
        seen.append(app.state.service.database.pool.closed)

    app = build(
        toy_settings(toy_database),
        name="toy",
        routers=[],
        revisions=NEEDED,
        sessions=SessionReader(session, user),
        lifespan=lifespan,
    )
    async with app.router.lifespan_context(app):
        assert seen == [False]
    assert seen == [False, False]
    assert app.state.service.database.pool.closed
