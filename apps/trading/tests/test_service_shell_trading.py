from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from pydantic import AnyHttpUrl, SecretStr
from server_process import server_process

from caravan.manifest import read
from caravan.revisions import Revisions
from servicekit.auth import token_hash
from trading_app.cli import main
from trading_app.main import create_app
from trading_app.settings import TradingSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI


PATIENCE = 120


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def trading(url: str, **settings: float) -> FastAPI:
    return create_app(
        TradingSettings(
            database_url=SecretStr(url),
            public_url=AnyHttpUrl("http://testserver"),
            **settings,  # type: ignore[arg-type]
        )
    )


@pytest.fixture
async def client(empty_database: str) -> AsyncIterator[httpx.AsyncClient]:
    app = trading(empty_database)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as opened,
    ):
        yield opened


async def until_ready(client: httpx.AsyncClient) -> object:
    deadline = time.monotonic() + PATIENCE
    while (answer := await client.get("/readyz")).status_code != 200:
        assert answer.status_code == 503
        assert time.monotonic() < deadline
    return answer.json()


@pytest.mark.anyio
async def test_trading_is_ready_once_its_own_command_has_migrated_the_database(
    client: httpx.AsyncClient, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Revisions.load(read("trading_app")).head
    before = await client.get("/readyz")  # after a while: there may be no such role yet
    assert (before.status_code, before.json()["code"], before.json()["needs"]) == (503, 50310000, head)
    assert str(head) in before.json()["message"]
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert main(["migrate"]) == 0
    assert await until_ready(client) == {"status": "ready", "needs": head}


@pytest.mark.anyio
async def test_trading_works_as_its_runtime_role(
    client: httpx.AsyncClient, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert main(["migrate"]) == 0
    await until_ready(client)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        names = connection.execute(
            """SELECT DISTINCT application_name FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        ).fetchall()
        # the privilege is the role's, not the login's
        connection.execute("REVOKE ALL ON trading.alembic_version FROM trading_runtime")
    assert ("trading",) in names
    assert (await client.get("/readyz")).status_code == 503


@pytest.mark.anyio
async def test_trading_answers_problems_in_alpacas_shape(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nothing")
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        404,
        40410000,
        "Not Found.",
    )


@pytest.mark.anyio
async def test_trading_knows_who_is_signed_in_to_platform_through_its_own_references(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert main(["migrate"]) == 0
    with psycopg.connect(empty_database) as connection:
        row = connection.execute(
            "INSERT INTO platform.\"user\" (name, email) VALUES ('Ada', 'ada@example.org') RETURNING id"
        ).fetchone()
        assert row is not None
        connection.execute(
            """INSERT INTO platform.session (user_id, token_hash, expires_at, absolute_expires_at)
               VALUES (%s, %s, now() + interval '1 day', now() + interval '1 day')""",
            (row[0], token_hash("a token")),
        )
    service = trading(empty_database, database_wait_seconds=60).state.service
    async with service.database:
        principal = await service.sessions.read(service.database, "a token")
        stranger = await service.sessions.read(service.database, "another token")
    assert (principal.user_id, principal.role, principal.user["name"]) == (row[0], "user", "Ada")
    assert stranger is None


def test_trading_serves_until_it_is_told_to_end(empty_database: str) -> None:
    arguments = ["-m", "trading_app.cli", "serve", "--port", "0"]
    environment = {"DATABASE_URL": empty_database, "TRADING_PUBLIC_URL": "https://trade.example.org"}
    with server_process(arguments, **environment) as server:
        answer = httpx.get(f"{server.address}/healthz")
        server.popen.send_signal(signal.SIGTERM)
        code = server.wait()
    assert answer.status_code == 200
    assert "strict-transport-security" in answer.headers
    assert code in {0, -signal.SIGTERM}
    assert "Application shutdown complete." in server.events


def test_trading_names_the_settings_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("TRADING_PUBLIC_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "settings: DATABASE_URL: it is not set",
        "settings: TRADING_PUBLIC_URL: it is not set",
    ]


def test_an_option_that_no_command_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--prot", "1"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --prot 1" in capsys.readouterr().err


def test_the_command_that_every_container_starts_with_imports_no_sqlalchemy() -> None:
    code = (
        "import sys, trading_app.cli; print(sorted({'sqlalchemy', 'alembic', 'fastapi'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
