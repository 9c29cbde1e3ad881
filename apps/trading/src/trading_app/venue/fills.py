"""One fill is one transaction's: execution, order, position, books, event and audit row are written together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trading_app.audit import service as audit
from trading_app.audit.actor import VENUE
from trading_app.audit.service import Deed
from trading_app.books.arithmetic import EXACT, ZERO, Holding, bought, cents, exact_value, sold
from trading_app.identifiers import identifier
from trading_app.orders import lifecycle
from trading_app.tables import executions, positions
from trading_app.tables.enumerations import OrderEvent, OrderStatus, Side, TimeInForce
from trading_app.venue.settling import affordable, settle
from trading_app.wire import plain

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from trading_app.changes import Changes
    from trading_app.orders.desk import Desk
    from trading_app.rows import Row
    from trading_app.venue.decisions import Decision


@dataclass(frozen=True)
class Fill:
    """What is traded, for which order, against which quote."""

    execution_id: UUID
    order: Row
    quote: Row
    qty: Decimal
    price: Decimal
    full: bool
    at: datetime

    @property
    def side(self) -> Side:
        return Side(self.order["side"])

    @property
    def amount(self) -> Decimal:
        return cents(exact_value(self.qty, self.price))

    @property
    def cum_qty(self) -> Decimal:
        return EXACT.add(self.order["filled_qty"], self.qty)


@dataclass
class Position:
    """What an account holds of an instrument, while fills change it."""

    holding: Holding
    realized_profit: Decimal
    version: int
    opened_at: datetime | None
    closed_at: datetime | None = None

    @classmethod
    def of(cls, row: Row) -> Position:
        """Read it from an order's row that was read with what changes of it move."""
        if row["held_version"] is None:
            return cls(Holding(), ZERO, 0, None)
        holding = Holding(row["held_qty"], row["held_cost"])
        return cls(holding, row["held_profit"], row["held_version"], row["held_opened_at"])

    def become(self, after: Holding, realized: Decimal, at: datetime) -> None:
        if self.holding.qty == ZERO:
            self.opened_at = at
        self.holding = after
        self.realized_profit = EXACT.add(self.realized_profit, realized)
        self.version += 1
        self.closed_at = at if after.qty == ZERO else None


@dataclass
class Fills:
    """Fills of one instrument in one transaction, each on top of those before."""

    quote: Row
    at: datetime
    _positions: dict[UUID, Position] = field(default_factory=dict)

    def fill(self, desk: Desk, order: Row, decision: Decision) -> Decimal:
        """Book a fill.

        Returns:
            How many were filled: none if the account cannot pay for it, or not for all where it is all or nothing.
        """
        execution_id = identifier(self.at, "execution", order["id"], order["version"] + 1)
        ledger = desk.ledger.because(execution_id)
        qty = affordable(ledger, order, self.quote, decision)
        if qty <= ZERO or (qty < decision.qty and order["time_in_force"] == TimeInForce.FOK):
            return ZERO
        full = decision.full and qty == decision.qty
        done = Fill(execution_id, order, self.quote, qty, decision.price, full, self.at)
        position = self._positions.setdefault(desk.head.id, Position.of(order))
        cost, realized = _hold(position, done)
        released = settle(ledger, done, order["promise"], cost)
        desk.head.execution_sequence += 1
        desk.changes.insert(executions, _execution(desk, done, realized))
        _advance(desk, done, released)
        metadata = {"execution": str(execution_id), "qty": plain(qty), "price": plain(done.price)}
        audit.record(
            desk.changes, desk.head, VENUE, Deed("order.fill", "order", order["id"], metadata=metadata)
        )
        return qty

    def collect(self, changes: Changes) -> None:
        """Have the positions written as the last fills left them."""
        for account_id, position in self._positions.items():
            row = {
                "account_id": account_id,
                "instrument_id": self.quote["instrument_id"],
                "qty": position.holding.qty,
                "cost_basis": position.holding.cost_basis,
                "realized_profit": position.realized_profit,
                "version": position.version,
                "opened_at": position.opened_at,
                "closed_at": position.closed_at,
                "updated_at": self.at,
            }
            changes.upsert(positions, row, "account_id", "instrument_id")


def _hold(position: Position, done: Fill) -> tuple[Decimal, Decimal]:
    """Change the position, and give what the sold pieces had cost and the profit they make real."""
    if done.side is Side.BUY:
        position.become(bought(position.holding, done.qty, done.amount), ZERO, done.at)
        return ZERO, ZERO
    sale = sold(position.holding, done.qty, done.amount)
    position.become(sale.holding, sale.realized, done.at)
    return sale.cost, sale.realized


def _execution(desk: Desk, done: Fill, realized: Decimal) -> dict[str, Any]:
    order, quote = done.order, done.quote
    leaves = None if order["qty"] is None else EXACT.subtract(order["qty"], done.cum_qty)
    seen = ("bid_price", "bid_size", "ask_price", "ask_size", "last_price", "quoted_at")
    return {
        "account_id": order["account_id"],
        "id": done.execution_id,
        "sequence": desk.head.execution_sequence,
        "order_id": order["id"],
        "instrument_id": order["instrument_id"],
        "side": order["side"],
        "qty": done.qty,
        "price": done.price,
        "amount": done.amount,
        "realized_profit": realized,
        "cum_qty": done.cum_qty,
        "leaves_qty": leaves,
        "executed_at": done.at,
    } | {name: quote[name] for name in seen}


def _advance(desk: Desk, done: Fill, released: Decimal) -> None:
    order = done.order
    values: dict[str, Any] = {
        "filled_qty": done.cum_qty,
        "filled_value": EXACT.add(order["filled_value"], exact_value(done.qty, done.price)),
        "reserved": EXACT.subtract(order["reserved"], released),
    }
    event, status = OrderEvent.PARTIAL_FILL, OrderStatus.PARTIALLY_FILLED
    if done.full:
        event, status = OrderEvent.FILL, OrderStatus.FILLED
        values["filled_at"] = done.at
    step = lifecycle.Step(event, status, VENUE, values, execution_id=done.execution_id)
    lifecycle.advance(desk, order, step)
