"""Servers as processes of their own, on loopback, at whatever port is free."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 180.0
"""Seconds for a server to start."""


class NotServing(Exception):
    """A server did not start."""


@dataclass(frozen=True)
class Served:
    """A server that answers.

    Args:
        port: where on loopback.
        pid: its process.
    """

    port: int
    pid: int

    def cpu_seconds(self) -> float | None:
        """Give the processor time that it has used, or None where the system does not tell (Linux does)."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], log: Path, ready: str
) -> Iterator[Served]:
    """Run a server until the block ends.

    Args:
        command: what starts it.
        environment: beside our own, of which what forbids byte code is left out.
        log: where its output goes.
        ready: a pattern for the line that says it is ready, with the group `port` if it listens at one.

    Raises:
        NotServing: it ended, or said nothing in time.
    """
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, env={**own, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Served(_port(process, log, ready), process.pid)
    finally:
        process.terminate()
        process.wait()


def _port(process: subprocess.Popen[bytes], log: Path, ready: str) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(ready, log.read_text()):
            return int(found.groupdict().get("port") or 0)
        time.sleep(0.05)
    raise NotServing(log.read_text()[-2000:])
