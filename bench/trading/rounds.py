"""Rounds: the service and its limit in turn, so that a noisy machine hits both alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.series import Series
from bench.trading import limits
from bench.trading.costs import log_bytes, round_trips
from bench.trading.depth import depth
from bench.trading.fills import fills
from bench.trading.operations import OPERATIONS, Load, Operation, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.trading.stage import Stage


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Args:
        rounds: how often each thing's turn comes.
        seconds: of each window.
        warm_up: seconds before each window.
        concurrencies: how many requests are in flight.
        processes: how many of the API there are.
        operations: what traders do.
        stored: how many orders are stored, step by step, when it is asked whether that matters.
    """

    rounds: int
    seconds: int
    warm_up: float
    concurrencies: tuple[int, ...] = (1, 8, 32)
    processes: tuple[int, ...] = (1, 2)
    operations: tuple[Operation, ...] = OPERATIONS
    stored: tuple[int, ...] = ()


@dataclass
class Found:
    """All that was measured."""

    operations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fills: dict[str, float] = field(default_factory=dict)
    round_trips: dict[str, float] = field(default_factory=dict)
    log_bytes: dict[str, float] = field(default_factory=dict)
    stored: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)


async def measure_all(
    stage: Stage, plan: Plan, python: str, folder: Path, tell: Callable[[str], None]
) -> Found:
    """Measure everything.

    Args:
        stage: where.
        plan: how.
        python: of an environment with the service in it.
        folder: for logs.
        tell: is told what comes next.
    """
    found = Found()
    for operation in plan.operations:
        await run(
            stage, operation, Load(plan.concurrencies[-1], 2, 0, plan.warm_up + 0.5)
        )  # warms everything up
        found.operations[operation.name] = [
            row
            for clients in plan.concurrencies
            for row in await _operation(stage, operation, clients, plan, tell)
        ]
    tell("fills")
    found.fills = await fills(stage, plan.rounds, seconds=plan.seconds)
    tell("round trips, and bytes of the log")
    found.round_trips = await round_trips(python, stage, folder)
    found.log_bytes = await log_bytes(stage)
    if plan.stored:
        tell("orders on top of many")
        load = Load(8, 2, plan.warm_up, plan.seconds)
        found.stored = await depth(stage, plan.stored, load, plan.rounds)
    return found


async def _operation(
    stage: Stage, operation: Operation, clients: int, plan: Plan, tell: Callable[[str], None]
) -> list[dict[str, Any]]:
    tell(f"{operation.name} at {clients}")
    series = {processes: Series() for processes in plan.processes}
    limit = []
    for _ in range(plan.rounds):
        for processes, each in series.items():
            load = Load(clients, processes, plan.warm_up, plan.seconds)
            each.samples.append(await run(stage, operation, load))
        limit.append(await _limit(stage, operation, clients, plan.seconds))
    return [
        {
            "clients": clients,
            "processes": processes,
            "ours": (summary := each.summary()),
            "limit": median(limit),
            "ratio": round(summary["per_second"] / median(limit), 3),
        }
        for processes, each in series.items()
    ]


async def _limit(stage: Stage, operation: Operation, clients: int, seconds: int) -> float:
    if operation.limit == "cancel":
        await asyncio.to_thread(limits.place, stage.database, 5000 * seconds // limits.ACCOUNTS)
    return await asyncio.to_thread(limits.pgbench, stage.database, operation.limit, clients, seconds=seconds)
