"""Two people who trade the same, and all that the one must never see of the other."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from brokerage import MONDAY
from trading_floor import Floor

if TYPE_CHECKING:
    from uuid import UUID

    from brokerage import Brokerage, Market, Person

# What names or shows something of an account: ids, and texts that somebody wrote.
_IDS = (
    "orders",
    "executions",
    "order_events",
    "ledger_accounts",
    "ledger_transfers",
    "risk_limits",
    "restrictions",
)
_TEXTS = (("orders", "client_order_id"), ("restrictions", "reason"), ("idempotency_keys", "key"))
_EVERYTHING = (
    "account_members", "orders", "order_events", "executions", "positions", "ledger_accounts", "ledger_transfers",
    "ledger_entries", "risk_limits", "restrictions", "idempotency_keys", "audit_logs",
)  # fmt: skip


@dataclass(frozen=True)
class Trader:
    """Somebody with an account that has been traded in.

    Args:
        orders: their ids: filled, filled in part, open, canceled.
        activities: their ids, which are page tokens.
    """

    person: Person
    account: str
    orders: list[str]
    names: list[str]
    activities: list[str]
    ledger: list[str]
    limits: list[str]
    restrictions: list[str]

    def secrets(self, market: Market) -> list[str]:
        """Whatever only the account's members may read."""
        found = {self.account, *self.activities}
        for table in _IDS:
            found |= {str(row["id"]) for row in self._rows(market, table)}
        for table, column in _TEXTS:
            found |= {str(row[column]) for row in self._rows(market, table)}
        return sorted(found)

    def everything(self, market: Market) -> dict[str, list[str]]:
        """Every row of the account, as text."""
        own = market.rows(
            "SELECT to_jsonb(a)::text AS row FROM trading.accounts a WHERE id = %s", self.account
        )
        return {"accounts": [row["row"] for row in own]} | {
            table: sorted(str(row) for row in self._rows(market, table)) for table in _EVERYTHING
        }

    def _rows(self, market: Market, table: str) -> list[dict[str, object]]:
        return market.rows(f"SELECT * FROM trading.{table} WHERE account_id = %s", self.account)


async def trader(brokerage: Brokerage, instrument: UUID, minute: int) -> Trader:
    """Somebody new, who has bought, sold, canceled and set limits, and has open orders of ACME."""
    person, mark = brokerage.market.person(), secrets.token_hex(8)
    async with person.client(brokerage.app) as client:
        account = (await client.post("/v2/accounts", json={"name": mark})).json()["id"]
        client.headers["X-Account-Id"] = account
        floor, orders = Floor(brokerage, client), []
        for number, order in enumerate(
            ("buy 20 market", "sell 5 market", "buy 1 limit 90.00", "buy 2 limit 80.00")
        ):
            orders.append(await floor.place(order, "ACME", client_order_id=f"{mark}-{number}"))
            await floor.match(instrument)
            brokerage.market.quote(
                instrument, last="99.95", at=MONDAY + timedelta(minutes=minute, seconds=number)
            )
        assert (await client.delete(f"/v2/orders/{orders[3]}")).status_code == 204
        limit = await client.put("/v2/account/limits", json={"kind": "MAX_ORDER_VALUE", "value": "50000"})
        halt = {"kind": "HALT", "symbol": "OTHER", "reason": f"{mark} is why"}
        restriction = await client.post(
            "/v2/account/restrictions", json=halt, headers={"Idempotency-Key": f"{mark}-key"}
        )
        assert (limit.status_code, restriction.status_code) == (200, 201)
        activities = (await client.get("/v2/account/activities")).json()
        ledger = (await client.get("/v2/account/ledger")).json()
        return Trader(
            person,
            account,
            orders,
            [f"{mark}-{number}" for number in range(4)],
            [activity["id"] for activity in activities],
            [row["id"] for row in ledger],
            [limit.json()["id"]],
            [restriction.json()["id"]],
        )
