"""Processes that stand on a Postgres of our own, each to be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import psutil

from devdb.embedded import Embedded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from soak.violations import Drain

PATIENCE = 300.0
"""Seconds for a service to be ready again, whatever happened to it."""


class Unmigrated(Exception):
    """The database of a run could not be migrated."""


def free_port() -> int:
    """Give a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def ready(port: int) -> None:
    """Wait until the service says that it is; after a death of Postgres it must come to that by itself.

    Args:
        port: where it listens on loopback.

    Raises:
        TimeoutError: it was not ready in `PATIENCE` seconds.
    """
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == HTTPStatus.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def ask_to_finish(processes: Processes, name: str, drain: Drain) -> None:
    """Ask a process to finish, and start the same one again when it has.

    Args:
        processes: among which it is.
        name: as it was started.
        drain: is told when it was asked, and when it was gone.
    """
    drain.asked = time.monotonic()
    await asyncio.to_thread(processes.kill, name, signal.SIGTERM)
    drain.ended = time.monotonic()


class Processes:
    """A migrated Postgres and the processes of a run, in one folder.

    Args:
        folder: for data and logs; one that Postgres may enter as another user.
        settings: what every process finds in its environment, beside the database's URL.

    Raises:
        Unmigrated: with the last words of the migration.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._postgres = Embedded(folder / "postgres", port=free_port())
        self.url = self._postgres.start().url
        self._environment = {**os.environ, "DATABASE_URL": self.url, "ENVIRONMENT": "production", **settings}
        self._commands: dict[str, tuple[str, ...]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.strange: list[str] = []
        """What ended though nobody ended it."""
        if self.run("caravan", "migrate").returncode:
            words = (folder / "caravan.log").read_text()[-2000:]
            self.close()
            raise Unmigrated(words)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a module to its end.

        Args:
            command: the module, and its arguments.

        Returns:
            Its exit code and what it printed, errors included.
        """
        ended = subprocess.run(  # noqa: S603  # our own
            [sys.executable, "-m", *command],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with (self._folder / f"{command[0]}.log").open("a") as log:
            log.write(ended.stdout)
        return ended

    def start(self, name: str, *command: str) -> None:
        """Start a process that stays.

        Args:
            name: what it is called here, and its log.
            command: the module, and its arguments.
        """
        with (self._folder / f"{name}.log").open("ab") as log:
            arguments = [sys.executable, "-m", *command]
            process = subprocess.Popen(arguments, env=self._environment, stdout=log, stderr=log)  # noqa: S603  # our own
        self._commands[name] = command
        self._running[name] = process

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a process, wait until it is gone, and start the same one again.

        Args:
            name: as it was started.
            how: SIGTERM asks it to finish, SIGKILL does not ask.
        """
        process = self._running[name]
        self._note(name)
        process.send_signal(how)
        process.wait()
        self.start(name, *self._commands[name])

    def kill_postgres(self) -> None:
        """Kill Postgres as the system does when memory runs out; nothing of ours is started again."""
        server = self._postgres.find()
        if server is not None and server.pid is not None:
            psutil.Process(server.pid).kill()

    def stop_postgres_immediately(self) -> None:
        """End Postgres as `pg_ctl stop -m immediate` does: no session ends, no checkpoint is written."""
        self._postgres.stop(immediately=True)

    def start_postgres(self) -> None:
        """Start it again, on the same port; it recovers by itself."""
        self._postgres.start()

    def close(self) -> None:
        """End everything."""
        for name, process in self._running.items():
            self._note(name)
            process.kill()
            process.wait()
        self._running.clear()
        self._postgres.stop()
        self._postgres.remove()

    def _note(self, name: str) -> None:
        code = self._running[name].poll()
        if code is not None:
            self.strange.append(f"{name} ended by itself with exit code {code}")
