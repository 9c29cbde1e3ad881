"""What the tests of devdb stand on: a folder of their own, and devdb's commands run there as real processes."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from devdb.postmaster import Postmaster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 300.0  # seconds; a loaded machine may take them, and no test's outcome depends on fewer
_OURS = ("DATABASE_URL", "DEVDB", "DEVDB_FOLDER", "DEVDB_PORT", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER")


def clean_environment() -> dict[str, str]:
    """Give the environment without anything that chooses a server."""
    return {name: value for name, value in os.environ.items() if name not in _OURS}


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)


def without_privileges(command: list[str]) -> list[str]:
    """Run a command as an ordinary user even where the tests run as root.

    Root's Python often lies where `nobody` may not read; that one capability lets it.
    """
    if os.geteuid() != 0:
        return command
    switch = ["setpriv", "--reuid", "nobody", "--regid", str(pwd.getpwnam("nobody").pw_gid), "--clear-groups"]
    if subprocess.run([*switch, "test", "-x", os.path.realpath(sys.executable)], check=False).returncode != 0:
        switch += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    return [*switch, *command]


class Bench:
    """A folder as a checkout's `.devdb`, and devdb at work in it."""

    def __init__(self, folder: Path, *, ordinary: bool = False) -> None:
        self.folder = folder
        self._ordinary = ordinary
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def embedded(self) -> Path:
        return self.folder / "embedded"

    def devdb(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a devdb command to its end."""
        process = self.begin("-m", "devdb.cli", *arguments, **environment)
        output, errors = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def query(self, sql: str, **environment: str) -> str:
        """Run devdb with a command that asks the server something, and give the answer."""
        ask = (
            "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True);"
            f"r = c.execute({sql!r}); print(r.fetchone()[0] if r.description else '')"
        )
        done = self.devdb("run", "--", sys.executable, "-c", ask, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start Python in the background."""
        command = [sys.executable, *arguments]
        process = subprocess.Popen(
            without_privileges(command) if self._ordinary else command,
            env={**clean_environment(), "DEVDB_FOLDER": str(self.folder), **environment},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def user(self) -> subprocess.Popen[str]:
        """Start a process that uses the server until it is killed; it is up when this returns."""
        code = "import devdb, time; print(devdb.url(), flush=True); time.sleep(3600)"
        process = self.begin("-c", code)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        return process

    def postmaster(self) -> Postmaster | None:
        """Give the server that runs here, if one does."""
        found = Postmaster.read((self.embedded / "data").resolve())
        return found if found is not None and found.alive() else None

    def watchers(self) -> list[psutil.Process]:
        """Give the processes that watch over this folder."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                line = process.cmdline()
                if "devdb.watcher" in line and any(part.startswith(str(self.folder)) for part in line):
                    found.append(process)
        return found

    def clear(self) -> None:
        """End every process and delete the folder."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        server = self.postmaster()
        if server is not None:
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGQUIT)
            wait_until(lambda: self.postmaster() is None)
        wait_until(lambda: not self.watchers())
        data = self.embedded / "data"
        if data.is_symlink():
            shutil.rmtree(data.resolve().parent, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
