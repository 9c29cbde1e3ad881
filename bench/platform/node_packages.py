"""Packages from npm, installed beside the script that wants them, once per lock."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path) -> None:
    """Make `node_modules` in the folder what its lock says; the lock has hashes and no addresses.

    Args:
        folder: with package.json and npm-shrinkwrap.json.
    """
    wanted = hashlib.sha256((folder / "npm-shrinkwrap.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    npm = shutil.which("npm") or "npm"
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    subprocess.run((npm, "ci", *options), cwd=folder, check=True)  # noqa: S603 - our own words
    stamp.write_text(wanted)
