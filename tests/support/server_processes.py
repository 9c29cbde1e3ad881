"""Servers as processes of their own, on loopback, at whatever port is free."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 180  # seconds for a server to start; nothing here measures time
READY = r"Uvicorn running on http://127\.0\.0\.1:(?P<port>\d+)"
PLENTY = "100000"
PLATFORM = {
    "PLATFORM_ATTEMPTS_PER_MINUTE": PLENTY,
    "PLATFORM_MAILS_PER_MINUTE": PLENTY,
    "PLATFORM_DATABASE_WAIT_SECONDS": "120",
    "PLATFORM_PASSWORD_MEMORY": "19456",
    "PLATFORM_PASSWORD_TIME": "2",
}
"""As cheap as ASVS allows, as many requests as a test needs, and a busy machine is no outage."""


@dataclass(frozen=True)
class Served:
    """A server that answers.

    Args:
        url: where.
        pid: its process.
    """

    url: str
    pid: int


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], log: Path, ready: str
) -> Iterator[Served]:
    """Run a server until the block ends.

    Args:
        command: what starts it.
        environment: beside our own.
        log: where its output goes.
        ready: a pattern for the line that says it is ready, with the group `port`.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Served(f"http://127.0.0.1:{_port(process, log, ready)}", process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run what serves nobody until the block ends, and see that it ends well.

    Args:
        command: what starts it.
        environment: beside our own.
        log: where its output goes.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        code = process.wait()
    assert code == 0, log.read_text()


@contextmanager
def serving_platform(database: str, public_url: str, log: Path, **settings: str) -> Iterator[Served]:
    """Run the platform service.

    Args:
        database: a migrated one.
        public_url: the address that browsers use.
        log: where its output goes.
        settings: further settings, by their names in lower case.
    """
    given = {f"PLATFORM_{name.upper()}": value for name, value in settings.items()}
    command = (sys.executable, "-m", "platform_app.cli", "serve", "--port", "0")
    environment = {"DATABASE_URL": database, "PLATFORM_PUBLIC_URL": public_url, **PLATFORM, **given}
    with serving(command, environment, log, READY) as served:
        yield served


@contextmanager
def serving_trading(database: str, log: Path, **settings: str) -> Iterator[Served]:
    """Run the trading service, whose time stands at the latest quote.

    Args:
        database: a migrated one.
        log: where its output goes.
        settings: further settings, by their names in lower case.
    """
    standing = {"public_url": "http://trading.test", "clock": "market", "database_wait_seconds": "120"}
    environment = {f"TRADING_{name.upper()}": value for name, value in (standing | settings).items()}
    command = (sys.executable, "-m", "trading_app.cli", "serve", "--port", "0")
    with serving(command, environment | {"DATABASE_URL": database}, log, READY) as served:
        yield served


def _port(process: subprocess.Popen[bytes], log: Path, ready: str) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := re.search(ready, log.read_text(), re.MULTILINE):
            return found["port"]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the server does not serve:\n{log.read_text()}")
