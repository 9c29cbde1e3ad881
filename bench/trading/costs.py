"""What one order costs beside time: round trips to Postgres, and bytes of its write-ahead log."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.http_load import once, request
from bench.trading.operations import order
from bench.trading.stage import api, environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bench.trading.stage import Stage

ORDERS = 200


@dataclass
class Trips:
    """Counts the round trips on all connections: how often a client speaks after it was answered."""

    count: int = 0


@asynccontextmanager
async def counted(database: str) -> AsyncIterator[tuple[str, Trips]]:
    """Stand between a client and its database.

    Args:
        database: its URL.

    Returns:
        The URL to use instead, and the count.
    """
    trips, there = Trips(), urlsplit(database)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered = True
        far_reader, far_writer = await asyncio.open_connection(there.hostname, there.port)

        async def back() -> None:
            nonlocal answered
            while data := await far_reader.read(65536):
                answered = True
                writer.write(data)
                await writer.drain()

        answering = asyncio.create_task(back())
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                trips.count += answered
                answered = False
                far_writer.write(data)
                await far_writer.drain()
        answering.cancel()
        far_writer.close()
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    credentials = there.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(there._replace(netloc=f"{credentials}@127.0.0.1:{port}")), trips
    finally:
        server.close()


async def round_trips(python: str, stage: Stage, folder: Path) -> dict[str, float]:
    """Count what an order and its cancellation take, one after the other on an idle service.

    Args:
        python: of an environment with the service in it.
        stage: where the database is.
        folder: for logs.
    """
    token = stage.tokens[0]
    cancel = request("DELETE", "/v2/orders", authorization=f"Bearer {token}")
    async with counted(stage.database) as (url, trips):
        starting = api(python, environment(url), folder / "counted.log")
        served = await asyncio.to_thread(starting.__enter__)
        try:
            await once(served.port, order("rest", token))  # opens the connections
            before = trips.count
            for _ in range(ORDERS):
                await once(served.port, order("rest", token))
            placing = (trips.count - before) / ORDERS
            await once(served.port, cancel, 207)
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
    return {"per order": placing}


async def log_bytes(stage: Stage) -> dict[str, float]:
    """Give the bytes of write-ahead log per order that rests: of the service, and of the limit's function.

    Each places as many orders unmeasured before: the first change of a page after a checkpoint writes the whole page,
    which says when the checkpoint was and nothing about orders.
    """
    token, port = stage.tokens[0], stage.processes[0].port
    with psycopg.connect(stage.database, autocommit=True) as connection:

        async def placed() -> None:
            for _ in range(ORDERS):
                await once(port, order("rest", token))

        async def limit() -> None:
            for number in range(ORDERS):
                connection.execute("SELECT bench.place(%s)", (number % 32 + 1,))

        found = {"ours": await _logged(connection, placed), "limit": await _logged(connection, limit)}
    await once(port, request("DELETE", "/v2/orders", authorization=f"Bearer {token}"), 207)
    return found


async def _logged(connection: psycopg.Connection, placing: Callable[[], Awaitable[None]]) -> float:
    position = "SELECT pg_current_wal_insert_lsn() - '0/0'"
    await placing()
    start = _number(connection, position)
    await placing()
    return (_number(connection, position) - start) / ORDERS


def _number(connection: psycopg.Connection, query: str) -> float:
    row = connection.execute(query.encode()).fetchone()
    return float(row[0]) if row else 0.0
