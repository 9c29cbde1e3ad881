"""Books that real orders and fills made, with what was acknowledged of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from brokerage import MONDAY, Brokerage, brokerage_on
from soak.trading.memory import Account, Memory

from trading_app.venue.clock import MarketClock
from trading_app.venue.matching import match
from trading_app.venue.model import model_of

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    import psycopg

BUY = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day", "qty": "10"}
REST = BUY | {"type": "limit", "limit_price": "90", "time_in_force": "gtc"}


@dataclass(frozen=True)
class Books:
    """An account that bought twice, sold some, canceled an order and replaced one, and has one left in the book.

    Args:
        connection: a superuser's, for which no trigger and no foreign key counts.
        memory: what the service acknowledged.
    """

    connection: psycopg.Connection[Any]
    memory: Memory


async def trade(url: str) -> Memory:
    memory = Memory()
    async with brokerage_on(url) as brokerage:
        brokerage.market.sessions(MONDAY.date(), 5)
        acme = brokerage.market.instrument("ACME")
        brokerage.market.quote(acme, "99.90", "100.01", size=15)
        async with brokerage.customer() as client:
            account = Account(client.headers["X-Account-Id"])
            for order in (BUY, BUY, REST, REST, REST):
                memory.keep(account, (await client.post("/v2/orders", json=order)).json())
            await fill(brokerage, acme, 1)
            await fill(brokerage, acme, 2)
            memory.keep(
                account, (await client.post("/v2/orders", json=BUY | {"side": "sell", "qty": "7"})).json()
            )
            await fill(brokerage, acme, 3)
            await change(client, account, memory)
    return memory


async def change(client: httpx.AsyncClient, account: Account, memory: Memory) -> None:
    first, second, _ = (await client.get("/v2/orders")).json()
    assert (await client.delete(f"/v2/orders/{first['id']}")).status_code == 204
    memory.canceled.add(first["id"])
    replaced = await client.patch(f"/v2/orders/{second['id']}", json={"qty": "11"})
    assert memory.keep(account, replaced.json()) is None


async def fill(brokerage: Brokerage, instrument: UUID, second: int) -> None:
    settings = brokerage.app.state.service.settings
    await match(brokerage.database, MarketClock(), model_of(settings), instrument)
    at = MONDAY + timedelta(seconds=second)
    brokerage.market.quote(instrument, "99.87", "100.03", size=15, at=at)
    await match(brokerage.database, MarketClock(), model_of(settings), instrument)
