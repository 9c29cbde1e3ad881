"""Hashes and verifies passwords on a few threads of its own.

A hash takes 64 MiB and a core for a tenth of a second. The threads bound the memory; the event loop never waits,
because argon2 releases the interpreter's lock; and the threads run at a lower priority, so that every other
request is served first when the cores are busy.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from passlib.context import CryptContext  # type: ignore[import-untyped]  # the package ships no type information

from platform_app.hashing.better_auth import BetterAuthScrypt
from platform_app.hashing.errors import HashingBusy
from platform_app.hashing.parameters import Argon2Parameters

NICENESS = 5
MEMORY = (
    512 * 1024
)  # KiB, for all hashes at once: however many cores there are, a process stays under a gigabyte
RETRY_AFTER = 5

Result = TypeVar("Result")


@dataclass(frozen=True)
class Verdict:
    """Whether a password is right, and the hash that should replace the stored one, if any."""

    valid: bool
    replacement: str | None = None


class PasswordHasher:
    """The one place that hashes passwords.

    Args:
        parameters: argon2id's cost for new hashes.
        threads: how many hashes run at once, each in `parameters.memory`; one per core if None, within half a gigabyte.
        waiting: how many may wait before a request is told to come back.
    """

    def __init__(
        self, parameters: Argon2Parameters, *, threads: int | None = None, waiting: int = 256
    ) -> None:
        self._context = CryptContext(
            schemes=["argon2", BetterAuthScrypt],
            deprecated="auto",
            argon2__type="ID",
            argon2__memory_cost=parameters.memory,
            argon2__time_cost=parameters.time,
            argon2__parallelism=parameters.lanes,
        )
        self._decoy: str = self._context.hash("nobody's password")
        threads = threads or max(1, min(os.cpu_count() or 1, MEMORY // parameters.memory))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing", initializer=_lower_priority)
        self._most = threads + waiting
        self._pending = 0

    async def hash(self, password: str) -> str:
        """A new hash.

        Raises:
            HashingBusy: too many are waiting.
        """
        return await self.run(lambda: str(self._context.hash(password)))

    async def verify(self, password: str, stored: str | None) -> Verdict:
        """Whether the password is the stored one; without a stored one it costs the same and is never right.

        Raises:
            HashingBusy: too many are waiting.
        """
        return await self.run(lambda: self._verify(password, stored))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> Verdict:
        if stored is None or self._context.identify(stored) is None:
            self._context.verify(password, self._decoy)
            return Verdict(valid=False)
        valid, replacement = self._context.verify_and_update(password, stored)
        return Verdict(valid=bool(valid), replacement=replacement)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Something that takes a core for a while, on the threads of the hashes.

        Raises:
            HashingBusy: too many are waiting.
        """
        if self._pending >= self._most:
            raise HashingBusy(retry_after=RETRY_AFTER)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._pending -= 1


def _lower_priority() -> None:
    """On Linux a niceness belongs to a thread; elsewhere the hint is left out."""
    if not hasattr(os, "setpriority") or os.uname().sysname != "Linux":
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
