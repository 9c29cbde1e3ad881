"""Workers as processes of their own, which can be killed at any moment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator


async def start_worker(url: str) -> Process:
    """Start a worker on a database, with a clock that stands at the latest quote."""
    environment = os.environ | {"DATABASE_URL": url, "TRADING_CLOCK": "market", "ENVIRONMENT": "development"}
    command = [sys.executable, "-m", "trading_app.cli", "worker"]
    return await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@dataclass
class Crew:
    """Workers of which one after the other is killed.

    Args:
        url: their database.
        killed: how many were.
    """

    url: str
    workers: list[Process] = field(default_factory=list)
    killed: int = 0

    async def replace_one(self) -> None:
        """Kill the one that has worked longest, and start another."""
        victim = self.workers.pop(0)
        victim.kill()
        await victim.wait()
        self.killed += 1
        self.workers.append(await start_worker(self.url))


@asynccontextmanager
async def crew(url: str, count: int) -> AsyncIterator[Crew]:
    """Let some workers work, and see that those who are alive at the end leave well, or before they have begun."""
    found = Crew(url, [await start_worker(url) for _ in range(count)])
    try:
        yield found
    finally:
        for worker in found.workers:
            worker.terminate()
        codes = [await worker.wait() for worker in found.workers]
    assert {0, -signal.SIGTERM}.issuperset(codes), codes
