"""The container engine that answers here, and the compose implementation that goes with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[3]
PATIENCE = 300.0  # seconds for an engine to do what it is told; nothing here measures time


@dataclass(frozen=True)
class Engine:
    """A Docker-compatible engine.

    Args:
        program: its command.
        compose: what runs a compose file on it.
    """

    program: str
    compose: tuple[str, ...]

    def run(self, *arguments: str, stdin: str = "", check: bool = True) -> str:
        """Run one of the engine's commands, and give everything it says."""
        return tell((self.program, *arguments), stdin=stdin, check=check)

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine knows of a container or an image."""
        found: list[dict[str, Any]] = json.loads(self.run("inspect", name))
        return found[0]

    def remove(self, *names: str) -> None:
        """Remove containers with what only they have stored, if they are there."""
        for name in names:
            self.run("rm", "--force", "--volumes", name, check=False)

    def remove_image(self, name: str) -> None:
        """Remove an image, if it is there."""
        self.run("rmi", "--force", name, check=False)


@cache
def engine() -> Engine:
    """Docker with its compose plugin where that answers; else Podman with podman-compose, which this environment has."""
    if shutil.which("docker") and succeeds("docker", "compose", "version") and succeeds("docker", "version"):
        return Engine("docker", ("docker", "compose"))
    podman_compose = Path(sys.executable).with_name("podman-compose")
    if shutil.which("podman") and succeeds("podman", "version"):
        return Engine("podman", (str(podman_compose),))
    raise RuntimeError("No engine answers: install Docker with its compose plugin, or Podman.")


def succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def tell(
    command: tuple[str, ...],
    *,
    stdin: str = "",
    check: bool = True,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command, and give everything it says: its output, then its complaints."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=stdin, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 or not check, f"{' '.join(command)} ended with {done.returncode}:\n{said}"
    return said


def eventually(what: str, condition: Callable[[], bool], *, pause: float = 0.1) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it never came to be: {what}"
        time.sleep(pause)
