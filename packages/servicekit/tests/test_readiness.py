from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from psycopg import sql
from toy_service import NEEDED, toy_service, toy_settings

from servicekit.database import Database
from servicekit.health import NeededRevisions, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Sized
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]

PATIENCE = 120


def set_revision(url: str, revision: str | None) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM toy.alembic_version")
        if revision:
            connection.execute("INSERT INTO toy.alembic_version VALUES (%s)", (revision,))


@pytest.mark.anyio
@pytest.mark.parametrize(("applied", "lacks"), [(None, ["one", "two"]), ("one", ["two"])])
async def test_a_service_is_not_ready_before_its_migrations_and_says_which_are_missing(
    client: httpx.AsyncClient, toy_database: str, applied: str | None, lacks: list[str]
) -> None:
    set_revision(toy_database, applied)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "NOT_READY"
    assert answer.json()["lacks"] == lacks
    assert answer.json()["message"] == f"The database lacks revision {', '.join(lacks)}."


@pytest.mark.anyio
async def test_an_empty_database_lacks_everything(empty_database: str, serving: Serving) -> None:
    async with serving(toy_service(toy_settings(empty_database))) as client:
        assert (await client.get("/readyz")).json()["lacks"] == ["one", "two"]


@pytest.mark.anyio
async def test_a_schema_that_is_not_open_to_the_service_yet_lacks_everything(
    toy_database: str, serving: Serving
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(toy_database)["dbname"]
    role = sql.Identifier(f"{name}_nobody")
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    try:
        async with serving(toy_service(toy_settings(toy_database, database_role=f"{name}_nobody"))) as client:
            assert (await client.get("/readyz")).json()["lacks"] == ["one", "two"]
    finally:
        with psycopg.connect(toy_database, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.mark.anyio
async def test_readiness_that_cannot_be_told_for_another_reason_is_an_error(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE toy.alembic_version RENAME version_num TO version")
    assert (await client.get("/readyz")).status_code == 500


@pytest.mark.anyio
async def test_a_service_whose_role_is_missing_names_what_it_needs(
    toy_database: str, serving: Serving
) -> None:
    settings = toy_settings(toy_database, database_role="no_such_role", database_wait_seconds=0.5)
    async with serving(toy_service(settings)) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["needs"] == "two"


@pytest.mark.anyio
@pytest.mark.parametrize("applied", ["two", "three, which only the next version knows"])
async def test_a_database_that_is_at_or_ahead_of_this_version_will_do(
    client: httpx.AsyncClient, toy_database: str, applied: str
) -> None:
    set_revision(toy_database, applied)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "needs": "two"})


def test_a_service_without_revisions_lacks_none() -> None:
    assert NeededRevisions("toy", "alembic_version", ()).lacking(set()) == []


@pytest.mark.anyio
async def test_a_live_process_says_so_without_a_database(serving: Serving) -> None:
    async with serving(toy_service(toy_settings("postgresql://nobody@127.0.0.1:1/nothing"))) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}


async def seen(client: httpx.AsyncClient, path: str) -> tuple[int, str, bool]:
    answer = await client.get(path)
    return answer.status_code, answer.json()["code"], "retry-after" in answer.headers


@pytest.mark.anyio
async def test_before_the_migrations_have_run_every_answer_is_come_back(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    set_revision(toy_database, "one")
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE toy.note RENAME TO not_yet")
    assert await seen(client, "/notes/count") == (503, "NOT_READY", True)


@pytest.mark.anyio
async def test_a_table_that_is_missing_after_all_migrations_is_our_mistake(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE toy.note RENAME TO gone")
    assert await seen(client, "/notes/count") == (500, "INTERNAL_SERVER_ERROR", False)


@pytest.mark.anyio
async def test_grants_that_are_about_to_come_are_waited_for(toy_database: str, serving: Serving) -> None:
    role = f"{psycopg.conninfo.conninfo_to_dict(toy_database)['dbname']}_granted"
    with psycopg.connect(toy_database, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        grants = sql.SQL("GRANT USAGE ON SCHEMA toy TO {0}; GRANT SELECT ON toy.alembic_version TO {0}")
        connection.execute(grants.format(sql.Identifier(role)))
        try:
            async with serving(toy_service(toy_settings(toy_database, database_role=role))) as client:
                assert await seen(client, "/notes/count") == (503, "NOT_READY", True)
        finally:
            connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


async def some(logs: Sized) -> None:
    async with asyncio.timeout(PATIENCE):
        while not logs:  # noqa: ASYNC110  nobody sets an event when something is logged
            await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_a_worker_waits_for_its_revisions_and_says_so_once(toy_database: str) -> None:
    set_revision(toy_database, "one")
    stopped = asyncio.Event()
    async with Database(toy_settings(toy_database), name="worker") as database:
        with structlog.testing.capture_logs() as logs:
            waiting = asyncio.create_task(wait_until_ready(database, NEEDED, stopped))
            await some(logs)
            assert not waiting.done()
            set_revision(toy_database, "two")
            await waiting
    assert [(entry["event"], entry.get("reason")) for entry in logs] == [
        ("waiting", "The database lacks revision two."),
        ("ready", None),
    ]


@pytest.mark.anyio
async def test_a_worker_that_waits_stops_when_it_is_told_to() -> None:
    stopped = asyncio.Event()
    settings = toy_settings("postgresql://nobody@127.0.0.1:1/nothing", database_wait_seconds=0.1)
    async with Database(settings, name="worker") as database:
        with structlog.testing.capture_logs() as logs:
            waiting = asyncio.create_task(wait_until_ready(database, NEEDED, stopped))
            await some(logs)
            stopped.set()
            await waiting
    assert [entry["reason"] for entry in logs] == [
        "The database gives no connection; revision two is needed."
    ]
