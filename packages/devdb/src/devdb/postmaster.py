"""The running server as its lock file names it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_PORT, _STATUS = 3, 7  # lines of the file, from 0
_PAUSE = 0.05


@dataclass(frozen=True)
class Postmaster:
    """What `postmaster.pid` says.

    Attributes:
        data: The data folder.
        pid: The process.
        port: The TCP port; 0 while the server has not come so far.
        status: ``starting``, ``ready``, ``stopping``; empty while the server has not come so far.
    """

    data: Path
    pid: int
    port: int
    status: str

    @classmethod
    def read(cls, data: Path) -> Postmaster | None:
        """Read the lock file; None where there is none.

        Args:
            data: The data folder, all links resolved.
        """
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        pid, port, status = (lines[n].strip() if n < len(lines) else "" for n in (0, _PORT, _STATUS))
        if not pid.isdigit():
            return None
        return cls(data, int(pid), int(port) if port.isdigit() else 0, status)

    @classmethod
    def settled(cls, data: Path, seconds: float) -> Postmaster | None:
        """Give the server once it is ready; None when there is none, or when it ended while we waited.

        Args:
            data: The data folder, all links resolved.
            seconds: How long to wait for a server that is starting or stopping.
        """
        end = time.monotonic() + seconds
        while (found := cls.read(data)) is not None and found.alive():
            if found.status == "ready" or time.monotonic() > end:
                return found
            time.sleep(_PAUSE)
        return None

    def alive(self) -> bool:
        """Tell whether that process is this server, and not another that got its number later."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:  # ended; its parent has not asked how
                return False
            command = process.cmdline()
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # somebody else's server: there, but not ours to look at
            return True
        return bool(command) and "postgres" in Path(command[0]).name and str(self.data) in command

    def wait_until_gone(self, seconds: float) -> None:
        """Wait for the process to end.

        Args:
            seconds: How long at most.
        """
        end = time.monotonic() + seconds
        while self.alive() and time.monotonic() < end:
            time.sleep(_PAUSE)

    def kill(self) -> None:
        """End the server without ceremony; the next start recovers its data."""
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).kill()
