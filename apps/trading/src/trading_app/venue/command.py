"""`trading worker`: matches orders and quotes until it is told to end."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from servicekit import logs
from servicekit.health import wait_until_ready
from trading_app.commands import CommandSettings, database_of, run_command
from trading_app.needed_revisions import needed_revisions
from trading_app.venue.clock import clock_of
from trading_app.venue.model import model_of
from trading_app.venue.worker import Worker

if TYPE_CHECKING:
    import argparse


class WorkerSettings(CommandSettings):
    # one connection listens, one matches, one looks
    database_pool_size: int = 4
    database_wait_seconds: float = 3.0  # it looks again by itself, and in between at whether it is to stop


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  as every command
    settings = WorkerSettings.load()
    logs.configure(settings)
    return run_command(_work(settings))


async def _work(settings: WorkerSettings) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with database_of(settings, name="worker") as database:
        await wait_until_ready(database, needed_revisions(), stopped)
        worker = Worker(database, clock_of(settings), model_of(settings), poll=settings.worker_poll)
        await worker.run(stopped)
    return 0
