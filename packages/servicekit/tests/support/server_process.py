"""A real server process, whose log says where it listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ServerProcess:
    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self.events: list[str] = []
        self.address = self.read_until("Uvicorn running on").split()[3]

    def _read(self) -> Iterator[str]:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.events.append(json.loads(line)["event"])
            yield self.events[-1]

    def read_until(self, beginning: str) -> str:
        """Read its log until an event begins like this, and give that event."""
        for event in self._read():
            if event.startswith(beginning):
                return event
        raise AssertionError(f"{beginning} was never logged; it ended with {self.popen.wait()}")

    def wait(self) -> int:
        """Read its log to the end and give its exit code."""
        list(self._read())
        return self.popen.wait()


@contextmanager
def server_process(arguments: Sequence[str], **environment: str) -> Iterator[ServerProcess]:
    """Start Python with these arguments, wait until it listens, and end it after the block."""
    popen = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield ServerProcess(popen)
    finally:
        popen.terminate()
        popen.communicate()
