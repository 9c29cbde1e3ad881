"""Whether an order costs the same however many are stored already."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import psycopg

from bench.series import Series
from bench.trading.operations import LIST, REST, Load, run
from bench.trading.stage import SYMBOL, TRADERS

if TYPE_CHECKING:
    from bench.trading.operations import Operation
    from bench.trading.stage import Stage

STEPS = (10_000, 100_000, 1_000_000, 10_000_000)

# Canceled orders of the traders, with their events, spread over the last year. Keys are not checked one by one here.
_STORE = """
    SET session_replication_role = replica;
    WITH traders AS (
        SELECT account_id, owner_id, row_number() OVER () AS number
        FROM trading.accounts a JOIN trading.account_members m ON m.account_id = a.id
    ), stored AS (
        INSERT INTO trading.orders (account_id, instrument_id, client_order_id, request_hash, placed_by, side, type,
            time_in_force, position_intent, status, qty, limit_price, version, submitted_at, created_at, updated_at,
            expires_at, canceled_at)
        SELECT account_id, i.id, uuidv7()::text, sha256(n::text::bytea), owner_id, 'buy', 'limit', 'gtc', 'buy_to_open',
               'canceled', 10, 90, 2, at, at, at, at + interval '90 days', at
        FROM generate_series(1, {count}) AS n
        JOIN traders ON number = n % {traders} + 1
        JOIN trading.instruments i ON symbol = '{symbol}'
        CROSS JOIN LATERAL (SELECT now() - n % 31536000 * interval '1 second') AS moment (at)
        RETURNING account_id, id, submitted_at, placed_by
    )
    INSERT INTO trading.order_events (account_id, order_id, version, event, status, actor_id, occurred_at)
    SELECT account_id, id, version, word, word, placed_by, submitted_at
    FROM stored CROSS JOIN (VALUES (1, 'new'), (2, 'canceled')) AS events (version, word);
    RESET session_replication_role;
"""
_CHUNK = 500_000


async def depth(
    stage: Stage, steps: tuple[int, ...], load: Load, rounds: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Measure orders that rest and lists of them with ever more orders stored.

    Args:
        stage: where.
        steps: how many are stored.
        load: of each window.
        rounds: windows of each.
    """
    found = {}
    stored = 0
    for step in steps:
        await asyncio.to_thread(_store, stage.database, step - stored)
        stored = step
        counted = await asyncio.to_thread(stage.value, "SELECT count(*) FROM trading.orders")
        sys.stderr.write(f"{counted} orders are stored\n")  # the few of the windows before among them
        found[str(step)] = {
            operation.name: await _summary(stage, operation, load, rounds) for operation in (REST, LIST)
        }
    return found


async def _summary(stage: Stage, operation: Operation, load: Load, rounds: int) -> dict[str, float]:
    return Series([await run(stage, operation, load) for _ in range(rounds)]).summary()


def _store(database: str, count: int) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        while count > 0:
            some = min(count, _CHUNK)
            connection.execute(_STORE.format(count=some, traders=TRADERS, symbol=SYMBOL).encode())
            count -= some
        connection.execute("VACUUM (ANALYZE) trading.orders, trading.order_events")
        connection.execute("CHECKPOINT")
