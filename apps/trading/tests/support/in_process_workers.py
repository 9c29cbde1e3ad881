"""Workers in the test's own process, and how to wait until they have nothing left to do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from brokerage import settings

from servicekit.database import Database
from trading_app.venue.clock import MarketClock
from trading_app.venue.model import model_of
from trading_app.venue.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brokerage import Brokerage, Market

PAUSE = 0.02
PATIENCE = 9000  # pauses: minutes, for a machine that has much else to do


@asynccontextmanager
async def workers(url: str, count: int, **values: Any) -> AsyncIterator[None]:  # noqa: ANN401  as settings
    """Let some workers work, each with connections of its own."""
    stopped = asyncio.Event()

    async def work() -> None:
        given = settings(url, database_pool_size=4, **values)
        async with Database(given, name="worker") as database:
            await Worker(database, MarketClock(), model_of(given), poll=1).run(stopped)

    tasks = [asyncio.create_task(work()) for _ in range(count)]
    try:
        yield
    finally:
        stopped.set()
        await asyncio.gather(*tasks)


async def quote(brokerage: Brokerage, *values: Any, **more: Any) -> None:  # noqa: ANN401  as Market.quote
    """Take in a quote in a thread: it may have to wait for a worker, who is in this one."""
    await asyncio.to_thread(brokerage.market.quote, *values, **more)


async def quiet(brokerage: Brokerage) -> None:
    """Wait until nothing is left that a worker could do."""
    await idle(brokerage.market)


async def idle(market: Market) -> None:
    """As quiet, wherever the workers are."""
    for _ in range(PATIENCE):
        if market.quiet():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("the workers leave work undone")
