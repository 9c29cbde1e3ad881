"""Placing orders, as the tests of orders do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

LIMIT = {
    "symbol": "ACME",
    "side": "buy",
    "type": "limit",
    "time_in_force": "day",
    "qty": "10",
    "limit_price": "99",
}
MARKET = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day", "qty": "10"}


async def buying_power(client: httpx.AsyncClient) -> str:
    found: str = (await client.get("/v2/account")).json()["buying_power"]
    return found


def orders_of(brokerage: Brokerage, client: httpx.AsyncClient) -> int:
    query = "SELECT count(*) FROM trading.orders WHERE account_id = %s"
    count: int = brokerage.market.value(query, client.headers["X-Account-Id"])
    return count


async def placed(client: httpx.AsyncClient, **values: object) -> dict[str, Any]:
    answer = await client.post("/v2/orders", json=LIMIT | values)
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()
    return order
