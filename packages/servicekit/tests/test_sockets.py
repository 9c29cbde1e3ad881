from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
import uvloop
from psycopg.waiting import Ready, Wait
from toy_service import toy_settings

from servicekit import sockets
from servicekit.database import Database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from psycopg.abc import PQGen

    from servicekit.database import Connection

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
LARGE = 30_000_000  # bytes: more than any socket's buffers
AT_ONCE = 8


@pytest.fixture(params=sorted(LOOPS))
def run(request: pytest.FixtureRequest, toy_database: str) -> Callable[..., None]:
    """Run something with a database, on either loop."""

    def run(work: Callable[[Database], Awaitable[None]]) -> None:
        async def main() -> None:
            async with Database(
                toy_settings(toy_database, database_pool_size=AT_ONCE), name="test"
            ) as database:
                await work(database)

        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(main())

    return run


async def value(connection: Connection, query: str, *values: object) -> object:
    row = await (await connection.execute(query.encode(), values)).fetchone()
    assert row is not None
    return row[0]


def test_statements_of_many_connections_wait_at_once(run: Callable[..., None]) -> None:
    async def work(database: Database) -> None:
        async def slow(number: int) -> object:
            async with database.connection() as connection:
                assert connection.sockets is not None
                return await value(connection, "SELECT %s::int + length(pg_sleep(0.3)::text)", number)

        began = time.monotonic()
        assert await asyncio.gather(*map(slow, range(AT_ONCE))) == list(range(AT_ONCE))
        assert time.monotonic() - began < 0.3 * AT_ONCE

    run(work)


def test_more_goes_to_and_fro_than_a_socket_holds(run: Callable[..., None]) -> None:
    async def work(database: Database) -> None:
        async with database.connection() as connection:
            assert await value(connection, "SELECT %s::text", "x" * LARGE) == "x" * LARGE

    run(work)


def test_a_statement_that_is_given_up_is_ended_in_postgres_too(run: Callable[..., None]) -> None:
    async def work(database: Database) -> None:
        async with database.connection() as connection, database.connection() as other:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(value(connection, "SELECT pg_sleep(60)"), timeout=0.2)
            assert await value(connection, "SELECT 1") == 1
            running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%pg_sleep(60)%%'"
            assert await value(other, running + " AND pid <> pg_backend_pid()") == 0

    run(work)


def test_a_statement_whose_server_process_ends_fails_at_once(run: Callable[..., None]) -> None:
    async def work(database: Database) -> None:
        async with database.connection() as connection, database.connection() as other:
            asleep = asyncio.create_task(value(connection, "SELECT pg_sleep(60)"))
            await asyncio.sleep(0.2)
            await value(other, "SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(asleep, timeout=5)
        async with database.connection() as connection:
            assert await value(connection, "SELECT 1") == 1

    run(work)


def test_a_statement_whose_connection_somebody_else_closes_does_not_wait_for_ever(
    run: Callable[..., None],
) -> None:
    async def work(database: Database) -> None:
        async with database.connection() as connection:
            asleep = asyncio.create_task(value(connection, "SELECT pg_sleep(60)"))
            await asyncio.sleep(0.2)
            connection.pgconn.finish()
            with pytest.raises(psycopg.OperationalError):
                await asyncio.wait_for(asleep, timeout=5 * sockets.SECONDS)

    run(work)


def test_who_waits_for_a_socket_that_is_gone_learns_it_from_the_next_of_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "SECONDS", 60.0)

    def steps() -> PQGen[str]:
        ready = yield Wait.R
        return f"woken for {ready}"

    async def main() -> None:
        watch = sockets.Sockets(asyncio.get_running_loop())
        here, there = socket.socketpair()
        first = asyncio.create_task(watch.run(steps(), number := here.fileno()))
        await asyncio.sleep(0.05)
        other, far = socket.socketpair()
        os.dup2(other.fileno(), number)  # closes what was there
        second = asyncio.create_task(watch.run(steps(), number))
        assert await first == f"woken for {Ready.NONE}"
        far.send(b"now")
        assert await second == f"woken for {Ready.R}"
        watch.close()
        for each in (here, there, other, far):
            each.close()

    asyncio.run(main())


def test_without_epoll_the_driver_waits_its_own_way(
    monkeypatch: pytest.MonkeyPatch, run: Callable[..., None]
) -> None:
    monkeypatch.delattr(select, "epoll")

    async def work(database: Database) -> None:
        async with database.connection() as connection:
            assert connection.sockets is None
            assert await value(connection, "SELECT 1") == 1

    run(work)


def test_a_connection_that_outlives_its_database_waits_as_the_driver_does(
    run: Callable[..., None], toy_database: str
) -> None:
    async def work(_database: Database) -> None:
        async with Database(toy_settings(toy_database), name="short") as short:
            connection = await short.pool.getconn()
            asleep = asyncio.create_task(value(connection, "SELECT 7 + length(pg_sleep(1)::text)"))
            await asyncio.sleep(0.2)
        assert await asleep == 7
        assert connection.sockets is not None
        assert connection.sockets.closed
        assert await value(connection, "SELECT 1") == 1
        await connection.close()

    run(work)
