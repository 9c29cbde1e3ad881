"""What an order asks of Postgres, as libpq writes down what goes over the wire."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from brokerage import brokerage_on
from placed_orders import LIMIT
from psycopg.pq import Trace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from brokerage import Brokerage

    from devdb.pytest_plugin import DatabaseFactory

pytestmark = pytest.mark.anyio

GTC = LIMIT | {"time_in_force": "gtc"}
PREPARED = ["Bind", "Describe", "Execute", "Sync"]
"""One execution of a prepared statement: no Parse, no BEGIN, no COMMIT, and one Sync, so one round trip."""


class Wire:
    """What was sent while somebody listened."""

    def __init__(self) -> None:
        self.sent: list[str] = []


@asynccontextmanager
async def listening(brokerage: Brokerage, folder: Path) -> AsyncIterator[Wire]:
    wire, database = Wire(), brokerage.database
    with (folder / "wire").open("w+") as file:
        for pool in (database.pool, database.lookups):
            async with pool.connection() as connection:
                connection.pgconn.trace(file.fileno())
                connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        yield wire
        for pool in (database.pool, database.lookups):
            async with pool.connection() as connection:
                connection.pgconn.untrace()
        file.seek(0)
        wire.sent = re.findall(r"^F\t\d+\t(\w+)", file.read(), re.MULTILINE)


async def test_an_order_is_two_round_trips_and_its_cancellation_three(
    migrated_template: str, session_database_factory: DatabaseFactory, tmp_path: Path
) -> None:
    url = session_database_factory(migrated_template)
    async with brokerage_on(url, clock="system", database_pool_size=1) as brokerage:
        brokerage.market.instrument("ACME")
        async with brokerage.customer() as client:
            for _ in range(2):  # opens the ledger accounts, and prepares the statements
                order = (await client.post("/v2/orders", json=GTC)).json()
                assert (await client.delete(f"/v2/orders/{order['id']}")).status_code == 204
            async with listening(brokerage, tmp_path) as placing:
                answer = await client.post("/v2/orders", json=GTC)
            async with listening(brokerage, tmp_path) as canceling:
                gone = await client.delete(f"/v2/orders/{answer.json()['id']}")

    assert (answer.status_code, gone.status_code) == (200, 204)
    assert placing.sent == PREPARED * 2
    assert canceling.sent == PREPARED * 3
