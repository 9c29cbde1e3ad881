"""One request is one transaction, and it is committed before the answer leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.database import Connection, Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def current_database(request: Request) -> Database:
    """Give the service's database, for what needs transactions of its own."""
    return cast("Database", request.app.state.service.database)


CurrentDatabase = Annotated[Database, Depends(current_database)]


async def unit_of_work(database: CurrentDatabase) -> AsyncIterator[AsyncConnection]:
    """Open the request's transaction; commit it when the endpoint returns, roll it back when it raises."""
    async with database.begin() as connection:
        yield connection


# scope="function": FastAPI's default would commit after the answer was sent, too late to take it back
UnitOfWork = Annotated[AsyncConnection, Depends(unit_of_work, scope="function")]


async def current_connection(database: CurrentDatabase) -> AsyncIterator[Connection]:
    """Lend a psycopg connection for statements that each stand alone."""
    async with database.connection() as connection:
        yield connection


CurrentConnection = Annotated[Connection, Depends(current_connection, scope="function")]
