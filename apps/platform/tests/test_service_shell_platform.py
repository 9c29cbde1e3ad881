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
from platform_app.cli import main
from platform_app.main import create_app
from platform_app.settings import PlatformSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = 120


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client(empty_database: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(
        PlatformSettings(
            database_url=SecretStr(empty_database),
            public_url=AnyHttpUrl("http://testserver"),
        )
    )
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
async def test_platform_is_ready_once_its_own_command_has_migrated_the_database(
    client: httpx.AsyncClient, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Revisions.load(read("platform_app")).head
    before = await client.get("/readyz")  # after a while: there may be no such role yet
    assert (before.status_code, before.json()["code"], before.json()["needs"]) == (503, "NOT_READY", head)
    assert str(head) in before.json()["message"]
    monkeypatch.setenv("DATABASE_URL", empty_database)
    assert main(["migrate"]) == 0
    assert await until_ready(client) == {"status": "ready", "needs": head}


@pytest.mark.anyio
async def test_platform_works_as_its_runtime_role(
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
        connection.execute("REVOKE ALL ON platform.alembic_version FROM platform_runtime")
    assert ("platform",) in names
    assert (await client.get("/readyz")).status_code == 503


@pytest.mark.anyio
async def test_platform_answers_problems_in_better_auths_shape(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nothing")
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
        404,
        "NOT_FOUND",
        "Not Found.",
    )


def test_platform_serves_until_it_is_told_to_end(empty_database: str) -> None:
    arguments = ["-m", "platform_app.cli", "serve", "--port", "0"]
    environment = {
        "DATABASE_URL": empty_database,
        "PLATFORM_PUBLIC_URL": "https://id.example.org",
    }
    with server_process(arguments, **environment) as server:
        answer = httpx.get(f"{server.address}/healthz")
        server.popen.send_signal(signal.SIGTERM)
        code = server.wait()
    assert answer.status_code == 200
    assert "strict-transport-security" in answer.headers
    assert code in {0, -signal.SIGTERM}
    assert "Application shutdown complete." in server.events


def test_platform_names_the_settings_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("PLATFORM_PUBLIC_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "settings: DATABASE_URL: it is not set",
        "settings: PLATFORM_PUBLIC_URL: it is not set",
    ]


def test_an_option_that_no_command_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--prot", "1"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --prot 1" in capsys.readouterr().err


def test_the_command_that_every_container_starts_with_imports_no_sqlalchemy() -> None:
    code = (
        "import sys, platform_app.cli; print(sorted({'sqlalchemy', 'alembic', 'fastapi'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
