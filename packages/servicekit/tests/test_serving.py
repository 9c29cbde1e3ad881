from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from server_process import ServerProcess, server_process

from servicekit.serving import serve

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SUPPORT = Path(__file__).parent / "support"
START = (
    "from servicekit.serving import serve; serve('toy_service:from_environment', host='127.0.0.1', port=0)"
)


def toy_process(url: str) -> AbstractContextManager[ServerProcess]:
    return server_process(
        ["-c", START], DATABASE_URL=url, PUBLIC_URL="http://testserver", PYTHONPATH=str(SUPPORT)
    )


def wait_until_one_waits_for_a_lock(connection: psycopg.Connection) -> None:
    while not connection.execute(
        "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'toy.note'::regclass"
    ).fetchone():
        time.sleep(0.05)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_after_what_is_in_flight(toy_database: str, by: signal.Signals) -> None:
    answers: list[httpx.Response] = []
    with toy_process(toy_database) as server, psycopg.connect(toy_database) as connection:

        def ask() -> None:
            answers.append(httpx.get(f"{server.address}/notes/count", timeout=120))

        connection.execute("LOCK TABLE toy.note")
        asking = threading.Thread(target=ask)
        asking.start()
        wait_until_one_waits_for_a_lock(connection)
        server.popen.send_signal(by)
        server.read_until("Waiting for connections to close")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.address}/healthz")
        connection.rollback()
        asking.join()
        code = server.wait()
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "0")]
    assert code in {0, -by}
    assert "Application shutdown complete." in server.events


def test_the_server_does_not_tell_its_name_and_believes_no_forwarded_address(toy_database: str) -> None:
    with toy_process(toy_database) as server:
        answer = httpx.get(f"{server.address}/address", headers={"X-Forwarded-For": "198.51.100.1"})
    assert "server" not in answer.headers
    assert answer.json() == ["127.0.0.1", "http"]


def test_a_service_whose_settings_are_missing_ends_with_the_usage_code() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PUBLIC_URL"}}
    ended = subprocess.run(
        [sys.executable, "-c", START],
        env={**environment, "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "settings: DATABASE_URL: it is not set\n" in ended.stderr
    assert "Traceback" not in ended.stderr


APP = """
from fastapi import FastAPI

def create() -> FastAPI:
    app = FastAPI()
    app.get("/version")(lambda: VERSION)
    return app
"""

RELOAD = """
import logging, sys
from servicekit.logs import configure
from servicekit.serving import serve
from toy_service import toy_settings

configure(toy_settings("postgresql:///nothing"))
serve("reloaded.main:create", host="127.0.0.1", port=0, reload=True)
"""


def test_with_reload_a_changed_file_is_served(tmp_path: Path) -> None:
    package = tmp_path / "reloaded"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text(f"VERSION = 1\n{APP}")
    with server_process(["-c", RELOAD], PYTHONPATH=os.pathsep.join([str(tmp_path), str(SUPPORT)])) as server:
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(base_url=server.address, transport=transport, timeout=120) as client:
            assert client.get("/version").json() == 1
            # again and again: the watcher may not look yet, and byte code is told apart by whole seconds
            while version(client) != 2:
                (package / "main.py").write_text(f"VERSION = 2\n{APP}")
                time.sleep(0.5)


def version(client: httpx.Client) -> object:
    try:
        return client.get("/version").json()
    except httpx.TransportError:
        return None  # between two processes


def test_reloading_an_app_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ModuleNotFoundError, match="there is no package no_such_app"):
        serve("no_such_app.main:create", host="127.0.0.1", port=0, reload=True)
