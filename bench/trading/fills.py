"""The worker: how fast it fills a thousand resting orders that one quote makes marketable."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING

from bench.http_load import once
from bench.trading import limits
from bench.trading.operations import order

if TYPE_CHECKING:
    from bench.trading.stage import Stage

ORDERS = 1000
_AT_ONCE = 8
_OPEN = "SELECT count(*) FROM trading.orders JOIN trading.quotes USING (instrument_id) WHERE status = 'new'"


async def fills(stage: Stage, rounds: int, *, seconds: int) -> dict[str, float]:
    """Give fills per second, and the limit for the same rows beside it, with 8 clients and with one.

    Args:
        stage: where.
        rounds: how often; medians are given.
        seconds: of each of the limit's windows.
    """
    ours: list[float] = []
    limit: list[float] = []
    alone: list[float] = []
    for _ in range(rounds):
        ours.append(await _fill(stage))
        for clients, found in ((8, limit), (1, alone)):
            await asyncio.to_thread(limits.place, stage.database, 5000 * seconds // limits.ACCOUNTS)
            found.append(
                await asyncio.to_thread(limits.pgbench, stage.database, "fill", clients, seconds=seconds)
            )
    figures = {"per_second": median(ours), "limit": median(limit), "limit_of_one_client": median(alone)}
    return figures | {"ratio": median(ours) / median(limit)}


async def _fill(stage: Stage) -> float:
    stage.market_asks("100.10")
    tokens = stage.tokens

    async def place(first: int) -> None:
        for number in range(first, ORDERS, _AT_ONCE):
            port = stage.processes[number % len(stage.processes)].port
            await once(port, order("rest", tokens[number % len(tokens)]))

    await asyncio.gather(*(place(first) for first in range(_AT_ONCE)))
    start = time.perf_counter()
    await asyncio.to_thread(stage.market_asks, "89.00")
    while await asyncio.to_thread(stage.value, _OPEN):  # noqa: ASYNC110  another process does it
        await asyncio.sleep(0.005)
    rate = ORDERS / (time.perf_counter() - start)
    await asyncio.to_thread(stage.market_asks, "100.10")
    return rate
