"""The processes: a Postgres of our own, an API process and mail workers, each to be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from devdb.embedded import Embedded

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "http://platform.soak"
PLENTY = "1000000"


def free_port() -> int:
    """Give a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Stage:
    """All processes of a run, in one folder.

    Args:
        folder: for data, mails and logs.
        workers: how many mail workers.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self.mails = folder / "mails"
        self.mails.mkdir()
        self.port = free_port()
        self._logs = folder
        self._postgres = Embedded(folder / "postgres", port=free_port())
        self.url = self._postgres.start().url
        self._environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "ENVIRONMENT": "production",
            "PLATFORM_PUBLIC_URL": ORIGIN,
            "PLATFORM_ATTEMPTS_PER_MINUTE": PLENTY,
            "PLATFORM_MAILS_PER_MINUTE": PLENTY,
            "PLATFORM_PASSWORD_MEMORY": "19456",
            "PLATFORM_PASSWORD_TIME": "2",
            "PLATFORM_MAIL_TRANSPORT": "directory",
            "PLATFORM_MAIL_DIRECTORY": str(self.mails),
        }
        self._run("caravan", "migrate").wait()
        self.api = self._api()
        self.workers = [self._worker() for _ in range(workers)]

    def kill_api(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the API process and start the next one on the same port."""
        self.api.send_signal(how)
        self.api.wait()
        self.api = self._api()

    def kill_worker(self, number: int) -> None:
        """Kill a mail worker and start another."""
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self._worker()

    def kill_postgres(self) -> None:
        """Kill Postgres as the system does when memory runs out; nothing of ours is started again."""
        server = self._postgres.find()
        if server is not None and server.pid is not None:
            psutil.Process(server.pid).kill()

    def start_postgres(self) -> None:
        """Start it again, on the same port; it recovers by itself."""
        self._postgres.start()

    def close(self) -> None:
        """End everything."""
        for process in (self.api, *self.workers):
            process.kill()
            process.wait()
        self._postgres.stop()
        self._postgres.remove()

    def _api(self) -> subprocess.Popen[bytes]:
        return self._run("platform_app.cli", "serve", "--port", str(self.port))

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._run("platform_app.cli", "worker")

    def _run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._logs / f"{module}-{arguments[0]}.log").open("ab") as log:
            command = [sys.executable, "-m", module, *arguments]
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)  # noqa: S603  # our own
