"""Both services as they run: as processes of ours, or wherever somebody deployed them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import httpx
from next_revision import FILE, next_text
from server_processes import PLATFORM, READY, running, serving

import platform_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from server_processes import Served

PATIENCE = 180  # seconds for a service to be ready; nothing here measures time
PUBLIC_URL = "http://tradepost.test"


class Stack(Protocol):
    """Both services, and what an operator can do with them."""

    @property
    def platform_url(self) -> str: ...

    @property
    def trading_url(self) -> str: ...

    def platform(self, *arguments: str, stdin: str = "") -> str:
        """Run the platform's command line, and give what it prints."""
        ...

    def stop_platform(self) -> None: ...

    def start_platform(self) -> None: ...

    def apply_next_platform_revision(self) -> None:
        """Apply the expand revision of a platform that is newer than the one that runs."""
        ...


class ProcessStack:
    """Both services and a worker as processes of their own, on a migrated database.

    Args:
        database: its address, as a superuser; the services become their runtime roles.
        folder: for their output.
    """

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.platform_url = self.trading_url = ""
        self._folder = folder
        self._port = "0"
        self._platform, self._rest = ExitStack(), ExitStack()
        self._environment = {
            **PLATFORM,
            "DATABASE_URL": database,
            "PLATFORM_PUBLIC_URL": PUBLIC_URL,
            "PLATFORM_MAIL_TRANSPORT": "directory",
            "PLATFORM_MAIL_DIRECTORY": str(folder),
            "TRADING_PUBLIC_URL": PUBLIC_URL,
            "TRADING_DATABASE_WAIT_SECONDS": "120",
            "TRADING_CLOCK": "market",
        }

    def __enter__(self) -> Self:
        """Seed the database and start everything."""
        self.trading("seed")
        self.start_platform()
        self.trading_url = self._rest.enter_context(self._serving("trading", "0")).url
        worker = (sys.executable, "-m", "trading_app.cli", "worker")
        self._rest.enter_context(running(worker, self._environment, self._folder / "worker.log"))
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._rest.close()
        self.stop_platform()

    def platform(self, *arguments: str, stdin: str = "") -> str:
        return self._run("platform_app.cli", *arguments, stdin=stdin)

    def trading(self, *arguments: str) -> str:
        """Run the trading service's command line, and give what it prints."""
        return self._run("trading_app.cli", *arguments)

    def stop_platform(self) -> None:
        self._platform.close()

    def start_platform(self) -> None:
        served = self._platform.enter_context(self._serving("platform", self._port))
        self.platform_url, self._port = served.url, served.url.rpartition(":")[2]

    def apply_next_platform_revision(self) -> None:
        newer = self._folder / "newer"
        package = Path(shutil.copytree(Path(platform_app.__file__).parent, newer / "platform_app"))
        versions = package / "migrations" / "versions"
        (versions / FILE).write_text(next_text(versions), encoding="utf-8")
        self._run("platform_app.cli", "migrate", PYTHONPATH=str(newer))

    def _serving(self, app: str, port: str) -> AbstractContextManager[Served]:
        command = (sys.executable, "-m", f"{app}_app.cli", "serve", "--port", port)
        return serving(command, self._environment, self._folder / f"{app}.log", READY)

    def _run(self, module: str, *arguments: str, stdin: str = "", **environment: str) -> str:
        command = [sys.executable, "-m", module, *arguments]
        return run(command, stdin=stdin, environment=self._environment | environment)


@dataclass(frozen=True)
class DeployedStack:
    """A stack that somebody deployed, and the commands with which its operator reaches it; none that are empty are used.

    Args:
        platform_url: where the platform service answers.
        trading_url: where the trading service answers.
        platform_command: runs the platform's command line there: `docker compose exec -T platform platform`.
        stop_command: stops the platform service.
        start_command: starts it again.
        next_command: migrates with the image of a newer platform.
    """

    platform_url: str
    trading_url: str
    platform_command: str = ""
    stop_command: str = ""
    start_command: str = ""
    next_command: str = ""

    def platform(self, *arguments: str, stdin: str = "") -> str:
        return run([*shlex.split(self.platform_command), *arguments], stdin=stdin)

    def stop_platform(self) -> None:
        run(shlex.split(self.stop_command))

    def start_platform(self) -> None:
        run(shlex.split(self.start_command))
        await_ready(self.platform_url)

    def apply_next_platform_revision(self) -> None:
        run(shlex.split(self.next_command))


def run(command: Sequence[str], *, stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Run a command that must succeed, and give what it prints."""
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(command)} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def await_ready(url: str) -> None:
    """Wait until a service says that it is ready."""
    end = time.monotonic() + PATIENCE
    while (reason := unready(url)) is not None:
        assert time.monotonic() < end, f"{url} is not ready: {reason}"
        time.sleep(0.1)


def unready(url: str) -> str | None:
    """What a service says of why it is not ready; None if it is."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=10)
    except httpx.TransportError as error:
        return repr(error)
    return None if answer.status_code == httpx.codes.OK else answer.text
