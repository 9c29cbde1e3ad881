"""The same quotes, orders and seed give the same executions, entries and hashes, whoever does the work."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from brokerage import MONDAY, Brokerage, brokerage_on
from in_process_workers import quiet, quote, workers

from trading_app.accounts import service as accounts
from trading_app.accounts.access import Access
from trading_app.accounts.schemas import AccountIn
from trading_app.audit.actor import Actor
from trading_app.orders import service as orders
from trading_app.orders.schemas import OrderIn
from trading_app.tables.enumerations import ActorKind, MemberRole

if TYPE_CHECKING:
    from devdb.pytest_plugin import DatabaseFactory

pytestmark = pytest.mark.anyio

USER, ACCOUNT = UUID(int=1), UUID(int=2)
SYMBOLS = {"ACME": UUID(int=3), "BOLT": UUID(int=4)}
ACTOR = Actor(ActorKind.USER, USER, request_id="replay")
ACCESS = Access(ACCOUNT, MemberRole.OWNER, ACTOR)
# What is written about a replay; when a row was written is the machine's business.
TOLD = {
    "executions": "account_id, sequence",
    "ledger_transfers": "account_id, id",
    "ledger_entries": "account_id, ledger_account_id, version",
    "audit_logs": "account_id, sequence",
    "order_events": "account_id, order_id, version",
}
SCRIPT = """
    buy 40 market day ACME        quote ACME 99.90 100.00 25
    buy 30 limit 98.00 gtc BOLT   quote BOLT 97.00 97.50 20
    sell 10 stop 95.00 day ACME   quote ACME 99.00 99.10 30
    buy 25 limit 99.50 ioc ACME   quote BOLT 97.80 97.90 50
    sell 12 limit 98.50 day BOLT  quote ACME 94.00 94.10 40
    buy 3.5 market day BOLT       quote BOLT 99.00 99.25 10
    sell 15 market day ACME       quote ACME 96.00 96.10 5
    buy 500 market fok ACME       quote BOLT 90.00 90.10 80
"""


async def replay(url: str, count: int) -> dict[str, list[dict[str, Any]]]:
    """Play the script with so many workers, and tell all that came of it."""
    async with brokerage_on(url, seed=7, slippage_bps=5) as brokerage:
        market = brokerage.market
        market.sessions(MONDAY.date(), 5)
        market.rows(
            """INSERT INTO platform."user" (id, name, email) VALUES (%s, 'Ada', 'ada@example.org')""", USER
        )
        for symbol, key in SYMBOLS.items():
            market.instrument(symbol, id=key)
            market.quote(key)
        async with brokerage.database.begin() as connection:
            await accounts.open_account(connection, ACCOUNT, AccountIn(), ACTOR, at=MONDAY)
        async with workers(url, count, seed=7, slippage_bps=5):
            await asyncio.sleep(0)
            for second, line in enumerate(SCRIPT.strip().splitlines(), 1):
                await _play(brokerage, line, second)
        found = {
            table: market.rows(f"SELECT * FROM trading.{table} ORDER BY {key}") for table, key in TOLD.items()
        }
        return {
            table: [{name: row[name] for name in row if name != "created_at"} for row in rows]
            for table, rows in found.items()
        }


async def _play(brokerage: Brokerage, line: str, second: int) -> None:
    order, moved = line.split("quote")
    side, qty, kind, *prices, time_in_force, symbol = order.split()
    wanted = OrderIn.model_validate(
        {"symbol": symbol, "side": side, "type": kind, "qty": qty, "time_in_force": time_in_force}
        | {f"{kind}_price": price for price in prices}
        | {"client_order_id": f"order {second}"}
    )
    await orders.place(brokerage.app.state.venue, ACCESS, wanted)
    await quiet(brokerage)
    name, bid, ask, size = moved.split()
    at = MONDAY + timedelta(seconds=second)
    await quote(brokerage, SYMBOLS[name], bid, ask, size=int(size), last=bid, at=at)
    await quiet(brokerage)


async def test_a_replay_repeats_to_the_last_byte_with_one_worker_and_with_three(
    database_factory: DatabaseFactory, migrated_template: str
) -> None:
    first = await replay(database_factory(migrated_template), 1)
    again = await replay(database_factory(migrated_template), 1)
    three = await replay(database_factory(migrated_template), 3)

    assert first == again == three
    assert len(first["executions"]) > 6
    assert all(row["price"] % 1 for row in first["executions"])
