"""What Postgres's programs and the system say when something fails, turned into our errors."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from devdb.errors import DevdbError, ForeignFolder, NoDiskSpace, PortTaken, ReadOnlyFolder, StartFailed

if TYPE_CHECKING:
    from pathlib import Path

_LAST_LINES = 12
_DISK = {errno.ENOSPC, errno.EDQUOT}
_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_ACCESS = {errno.EACCES, errno.EPERM}


def from_words(words: str, folder: Path, port: int | None = None) -> DevdbError:
    """Tell from a program's output why it failed.

    Args:
        words: What it wrote, in the C locale (English).
        folder: Where the server lies.
        port: The port it was to listen on.
    """
    if any(phrase in words for phrase in _FULL):
        return NoDiskSpace(folder=folder)
    if port is not None and "Address already in use" in words:
        return PortTaken(port=port)
    return StartFailed(folder=folder, log=" / ".join(words.strip().splitlines()[-_LAST_LINES:]))


def from_system(error: OSError, folder: Path) -> DevdbError:
    """Tell from a system call's failure why the server cannot run.

    Args:
        error: What the system said.
        folder: Where the server lies.
    """
    if error.errno in _DISK:
        return NoDiskSpace(folder=folder)
    if error.errno == errno.EROFS:
        return ReadOnlyFolder(folder=folder)
    if error.errno in _ACCESS:
        return ForeignFolder(folder=folder)
    return StartFailed(folder=folder, log=str(error))
