"""What traders do: an order that rests, one that fills, a cancellation, and two things to read."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from bench.http_load import Sample, measure, once, request
from bench.trading.stage import SYMBOL

if TYPE_CHECKING:
    from bench.http_load import NextRequest
    from bench.trading.stage import Stage

PATIENCE = 60.0
"""Seconds for the worker to fill what is left."""


@dataclass(frozen=True)
class Operation:
    """Something that traders do.

    Args:
        name: in the report.
        limit: what of `limits` writes or reads the same rows.
        status: of its answers.
    """

    name: str
    limit: str
    status: int = 200


REST = Operation("rest", "place")
TRADE = Operation("trade", "trade")
CANCEL = Operation("cancel", "cancel", 204)
LIST = Operation("list", "list")
ACCOUNT = Operation("account", "account")
OPERATIONS = (REST, TRADE, CANCEL, LIST, ACCOUNT)


@dataclass(frozen=True)
class Load:
    """How many ask, of how many processes, for how long.

    Args:
        clients: requests in flight.
        processes: of the API, that share them.
        warm_up: seconds before the window.
        seconds: the window.
    """

    clients: int
    processes: int
    warm_up: float
    seconds: float


async def run(stage: Stage, operation: Operation, load: Load) -> Sample:
    """Measure one window.

    Args:
        stage: where.
        operation: what is asked for.
        load: how much of it.

    Returns:
        What was answered; for a trade, the window goes on until the worker has filled them all.
    """
    tokens = stage.tokens[: load.clients]
    if operation is CANCEL:
        clients = [
            _cancel(token, ids) for token, ids in zip(tokens, await _resting(stage, load), strict=True)
        ]
    else:
        clients = [repeat(_request(operation, token)).__next__ for token in tokens]
    before = time.perf_counter()
    sample = await _measure(stage, operation, load, clients)
    if operation is TRADE:
        await _filled(stage)
        took = time.perf_counter() - before
        # every order of the run counts, and all the time that it took
        sample = Sample(
            sample.seconds, sample.latencies[: round(sample.answers / took * sample.seconds)], sample.answers
        )
    if operation in {REST, CANCEL}:
        await _clear(stage, tokens)
    return sample


def order(kind: str, token: str) -> bytes:
    """Give the request that places an order.

    Args:
        kind: `rest`: to buy at 90, below the market; `trade`: to buy at the market.
        token: the trader's.
    """
    terms = {"type": "limit", "limit_price": "90"} if kind == "rest" else {"type": "market"}
    wanted = {"symbol": SYMBOL, "side": "buy", "qty": "10", "time_in_force": "gtc"} | terms
    return request("POST", "/v2/orders", body=json.dumps(wanted).encode(), authorization=f"Bearer {token}")


def _request(operation: Operation, token: str) -> bytes:
    if operation in {REST, TRADE}:
        return order(operation.name, token)
    path = "/v2/account" if operation is ACCOUNT else "/v2/orders?status=all&limit=100"
    return request("GET", path, authorization=f"Bearer {token}")


async def _measure(stage: Stage, operation: Operation, load: Load, clients: list[NextRequest]) -> Sample:
    ports = [served.port for served in stage.processes[: load.processes]]
    shares = [clients[number :: len(ports)] for number in range(len(ports))]
    samples = await asyncio.gather(
        *(
            measure(port, share, warm_up=load.warm_up, seconds=load.seconds, status=operation.status)
            for port, share in zip(ports, shares, strict=True)
            if share
        )
    )
    latencies = [latency for sample in samples for latency in sample.latencies]
    return Sample(load.seconds, latencies, sum(sample.answers for sample in samples))


def _cancel(token: str, ids: list[str]) -> NextRequest:
    return (
        request("DELETE", f"/v2/orders/{order_id}", authorization=f"Bearer {token}") for order_id in ids
    ).__next__


async def _resting(stage: Stage, load: Load) -> list[list[str]]:
    """Have each trader's orders rest, more than the trader can cancel in the window."""
    tokens = stage.tokens[: load.clients]
    found: list[list[str]] = [[] for _ in tokens]
    many = round((load.warm_up + load.seconds) * 1500 / len(tokens)) + 20

    async def place(number: int) -> None:
        port = stage.processes[number % len(stage.processes)].port
        for _ in range(many):
            answer = await once(port, order("rest", tokens[number]))
            found[number].append(json.loads(answer.body)["id"])

    await asyncio.gather(*(place(number) for number in range(len(tokens))))
    return found


async def _clear(stage: Stage, tokens: list[str]) -> None:
    """Cancel what still rests: an account has room for ten thousand open orders."""
    for token in tokens:
        await once(
            stage.processes[0].port, request("DELETE", "/v2/orders", authorization=f"Bearer {token}"), 207
        )


async def _filled(stage: Stage) -> None:
    """Wait until the worker has nothing left to fill."""
    query = "SELECT count(*) FROM trading.orders WHERE type = 'market' AND status <> 'filled'"
    end = time.monotonic() + PATIENCE
    while await asyncio.to_thread(stage.value, query):
        if time.monotonic() > end:
            raise TimeoutError("the worker does not fill")
        await asyncio.sleep(0.02)
