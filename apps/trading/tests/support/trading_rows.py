"""Rows of the schema `trading`, as plain SQL writes them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    import psycopg

HASH = b"h" * 32


@dataclass(frozen=True)
class Holding:
    """An account that holds cash, and an instrument."""

    account: UUID
    instrument: UUID
    cash: UUID
    funding: UUID


class Rows:
    """Writes rows with whatever a test does not care about filled in."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def execute(self, query: str, *parameters: object) -> list[Any]:
        cursor = self.connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever the query asks for
        ((found,),) = self.execute(query, *parameters)
        return found

    def insert(
        self, table: str, values: Mapping[str, object], *, returning: str = "id", schema: str = "trading"
    ) -> Any:  # noqa: ANN401 - a row's key
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(schema, table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
            sql.Identifier(returning),
        )
        row = self.connection.execute(statement, values).fetchone()
        assert row is not None
        return row[0]

    def user(self) -> UUID:
        address = f"{secrets.token_hex(8)}@example.org"
        user: UUID = self.insert("user", {"name": "Ada", "email": address}, schema="platform")
        return user

    def account(self, **values: object) -> UUID:
        account: UUID = self.insert("accounts", {"owner_id": values.get("owner_id") or self.user()} | values)
        return account

    def member(self, account: UUID, user: UUID, role: str) -> None:
        values = {"account_id": account, "user_id": user, "role": role}
        self.insert("account_members", values, returning="account_id")

    def instrument(self, **values: object) -> UUID:
        given = {"symbol": secrets.token_hex(4).upper(), "name": "Acme", "exchange": "NASDAQ"}
        instrument: UUID = self.insert("instruments", given | values)
        return instrument

    def holding(self) -> Holding:
        account = self.account()
        cash = self.ledger_account(account, kind="cash", floor=0)
        return Holding(account, self.instrument(), cash, self.ledger_account(account, kind="funding"))

    def order(self, held: Holding, **values: object) -> UUID:
        given = {"side": "buy", "type": "market", "time_in_force": "day", "status": "new", "qty": 10}
        keys = {"account_id": held.account, "instrument_id": held.instrument}
        order: UUID = self.insert("orders", given | keys | {"client_order_id": secrets.token_hex(8)} | values)
        return order

    def execution(self, held: Holding, order: UUID, **values: object) -> UUID:
        keys = {"account_id": held.account, "instrument_id": held.instrument, "order_id": order}
        given = {
            "sequence": 1,
            "side": "buy",
            "qty": 1,
            "price": 100,
            "amount": 100,
            "cum_qty": 1,
            "leaves_qty": 9,
        }
        times = {"executed_at": "2026-01-02T15:00Z", "quoted_at": "2026-01-02T15:00Z"}
        execution: UUID = self.insert("executions", keys | given | times | values)
        return execution

    def event(self, held: Holding, order: UUID, **values: object) -> UUID:
        given = {"version": 1, "event": "new", "status": "new"}
        event: UUID = self.insert(
            "order_events", given | {"account_id": held.account, "order_id": order} | values
        )
        return event

    def ledger_account(self, account: UUID, **values: object) -> UUID:
        ledger_account: UUID = self.insert("ledger_accounts", {"account_id": account, "unit": "USD"} | values)
        return ledger_account

    def transfer(self, held: Holding, **values: object) -> UUID:
        ends = {"from_id": held.funding, "to_id": held.cash, "unit": "USD", "amount": 100}
        transfer: UUID = self.insert(
            "ledger_transfers", {"account_id": held.account, "reason": "deposit"} | ends | values
        )
        return transfer

    def entry(self, held: Holding, transfer: UUID, **values: object) -> int:
        keys = {"account_id": held.account, "ledger_account_id": held.cash, "transfer_id": transfer}
        given = {"version": 1, "amount": 100, "balance_before": 0, "balance_after": 100}
        version: int = self.insert("ledger_entries", keys | given | values, returning="version")
        return version

    def audit(self, account: UUID, **values: object) -> int:
        given = {
            "sequence": 1,
            "actor_kind": "worker",
            "action": "order.fill",
            "outcome": "done",
            "hash": HASH,
        }
        sequence: int = self.insert(
            "audit_logs", given | {"account_id": account, "resource": "order"} | values, returning="sequence"
        )
        return sequence
