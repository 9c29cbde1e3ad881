"""Packages from npm that tests run with Node, installed once per checkout."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


OLDEST_NODE = 20


class NodeMissing(Exception):
    """The better-auth tests run its official client with Node: install Node 20 or newer, with npm, and have both on PATH."""


def node_is_here() -> bool:
    """Whether this machine has a Node that is new enough, and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return node is not None and npm is not None and _version(node) >= OLDEST_NODE


def installed(folder: Path) -> str:
    """Node's path, once `node_modules` in the folder is what its lock (npm-shrinkwrap.json) says.

    The lock has hashes and no addresses, as our Python locks: packages come from wherever npm is told.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or not node_is_here():
        raise NodeMissing(NodeMissing.__doc__)
    lock = folder / "npm-shrinkwrap.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # workers of pytest-xdist, or two runs, want it at once
        if not (stamp.is_file() and stamp.read_text() == wanted):
            command = (npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"npm ci failed:\n{done.stdout}{done.stderr}"
            stamp.write_text(wanted)
    return node


def _version(node: str) -> int:
    said = subprocess.run((node, "--version"), capture_output=True, text=True, check=True).stdout
    return int(said.strip().removeprefix("v").partition(".")[0])
