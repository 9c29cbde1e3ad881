"""Rounds: each contestant once, then each again, so that a noisy machine hits all alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.http_load import Sample, measure
from bench.platform.limits import bare_hash, bare_query
from bench.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.platform.contestants import Crowd

OPERATIONS = ("get-session", "sign-in", "sign-up")
LIMIT = {"get-session": "bare query", "sign-in": "bare hash", "sign-up": "bare hash"}


@dataclass(frozen=True)
class Plan:
    """How to measure.

    Args:
        rounds: how often each contestant's turn comes.
        seconds: of each window.
        warm_up: seconds before each window.
        concurrencies: how many requests are in flight.
        operations: of get-session, sign-in and sign-up.
    """

    rounds: int
    seconds: float
    warm_up: float
    concurrencies: tuple[int, ...] = (1, 8, 32)
    operations: tuple[str, ...] = OPERATIONS


Key = tuple[str, int, str]
"""An operation, a concurrency, and who."""


async def run(
    crowds: list[Crowd], database: str, plan: Plan, tell: Callable[[str], None]
) -> dict[Key, Series]:
    """Measure everything.

    Args:
        crowds: the contestants' users; ours first.
        database: ours, for the bare query.
        plan: how.
        tell: is told what comes next.
    """
    found: defaultdict[Key, Series] = defaultdict(Series)
    for operation in plan.operations:
        for crowd in crowds:  # once for nothing: caches fill, and Node compiles what is hot
            await _serve(Series(), crowd, operation, plan.concurrencies[-1], plan)
        for concurrency in plan.concurrencies:
            tell(f"{operation} at {concurrency}")
            for number in range(plan.rounds):
                # who comes first changes, for whoever does has the quietest disk
                turn = number % len(crowds)
                for crowd in crowds[turn:] + crowds[:turn]:
                    series = found[operation, concurrency, crowd.contestant.name]
                    await _serve(series, crowd, operation, concurrency, plan)
                limit = found[operation, concurrency, LIMIT[operation]]
                limit.samples.append(await _limit(operation, database, concurrency, plan))
    return dict(found)


async def _serve(series: Series, crowd: Crowd, operation: str, concurrency: int, plan: Plan) -> None:
    served = crowd.contestant.served
    before = served.cpu_seconds()
    sample = await measure(
        served.port,
        crowd.clients(operation, concurrency),
        warm_up=plan.warm_up,
        seconds=plan.seconds,
        status=crowd.status(operation),
    )
    after = served.cpu_seconds()
    series.samples.append(sample)
    if before is not None and after is not None and sample.answers:
        series.cpu.append(1000 * (after - before) / sample.answers)


async def _limit(operation: str, database: str, concurrency: int, plan: Plan) -> Sample:
    if operation == "get-session":
        return await bare_query(database, concurrency, warm_up=plan.warm_up, seconds=plan.seconds)
    return await bare_hash(concurrency, warm_up=plan.warm_up, seconds=plan.seconds)
