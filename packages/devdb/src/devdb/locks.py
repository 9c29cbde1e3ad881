"""File locks between processes; the kernel releases them however a process ends, kill -9 included."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """One hold on a lock file, shared or exclusive.

    It is given back by closing the file, never by unlocking: a forked child shares the parent's hold, and must
    not give it back for the parent.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path, *, shared: bool = False) -> Lock:
        """Wait for the lock, for as long as it takes.

        Args:
            path: The lock file; made if missing, never removed.
            shared: Whether others may hold it at the same time, if they ask for it shared as well.
        """
        return cls(_locked(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX))

    @classmethod
    def take_if_free(cls, path: Path) -> Lock | None:
        """Take the lock exclusively if nobody holds it; otherwise give None at once.

        Args:
            path: The lock file; made if missing, never removed.
        """
        try:
            return cls(_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return None

    def release(self) -> None:
        """Give the lock back; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(path: Path, how: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
