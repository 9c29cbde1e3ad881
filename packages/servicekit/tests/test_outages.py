from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import psycopg
import psycopg_pool
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, OperationalError
from tcp_gate import Gate
from toy_service import toy_service, toy_settings

from servicekit.outages import is_outage

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]

PATIENCE = 120


def end_every_other_connection(url: str) -> None:
    """End them, and wait until they are gone: a backend that was told to end may still take a statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )


async def until_answered(client: httpx.AsyncClient) -> None:
    """Ask as a client that obeys Retry-After would; anything but "come back" and an answer is a failure."""
    deadline = time.monotonic() + PATIENCE
    for path in ("/notes/count", "/database", "/readyz"):
        while (answer := await client.get(path)).status_code != 200:
            assert answer.status_code == 503
            assert time.monotonic() < deadline


@pytest.mark.anyio
async def test_while_postgres_is_away_the_answer_is_come_back_and_then_it_recovers_by_itself(
    toy_database: str, serving: Serving
) -> None:
    async with (
        Gate(toy_database) as gate,
        serving(toy_service(toy_settings(gate.url, database_wait_seconds=1))) as client,
    ):
        await until_answered(client)
        await gate.shut()
        for path in ("/notes/count", "/database", "/readyz"):
            away = await client.get(path)
            assert away.status_code == 503, path
            assert int(away.headers["retry-after"]) > 0
            assert away.headers["content-type"] == "application/problem+json"
        assert (await client.get("/healthz")).status_code == 200
        await gate.open()
        await until_answered(client)


@pytest.mark.anyio
async def test_a_service_starts_before_its_database(toy_database: str, serving: Serving) -> None:
    gate = Gate(toy_database)
    await gate.open()
    await gate.shut()
    async with serving(toy_service(toy_settings(gate.url, database_wait_seconds=1))) as client:
        assert (await client.get("/notes/count")).status_code == 503
        await gate.open()
        await until_answered(client)
    await gate.shut()


@pytest.mark.anyio
async def test_a_restart_of_postgres_between_two_requests_goes_unnoticed(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    await asyncio.gather(*(client.get("/slow/0.2") for _ in range(4)))
    for _ in range(3):
        end_every_other_connection(toy_database)
        answers = [await client.get(path) for path in ("/notes/count", "/database", "/notes/count")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]


@pytest.mark.anyio
async def test_a_connection_lost_in_the_middle_of_a_request_is_answered_with_come_back(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    request = asyncio.create_task(client.get("/slow/60"))
    async with await psycopg.AsyncConnection.connect(toy_database, autocommit=True) as connection:
        while not request.done():
            await connection.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database() AND state = 'active'"""
            )
            await asyncio.sleep(0.05)
    answer = await request
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await client.get("/notes/count")).status_code == 200


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (psycopg.OperationalError("the connection is lost"), True),
        (psycopg.InterfaceError("connection pointer is NULL"), True),
        (psycopg_pool.PoolTimeout("couldn't get a connection"), True),
        (errors.AdminShutdown(), True),
        (errors.DeadlockDetected(), True),
        (errors.SerializationFailure(), True),
        (errors.QueryCanceled(), True),
        (errors.ReadOnlySqlTransaction(), True),
        (errors.TooManyConnections(), True),
        (OperationalError("SELECT", {}, errors.CannotConnectNow()), True),
        (DBAPIError("SELECT", {}, errors.UniqueViolation()), False),
        (errors.UndefinedTable(), False),
        (errors.InsufficientPrivilege(), False),
        (psycopg.ProgrammingError("wrong use"), False),
        (ValueError(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_outage_is_what_may_be_over_at_the_next_try(error: Exception, *, outage: bool) -> None:
    assert is_outage(error) is outage
