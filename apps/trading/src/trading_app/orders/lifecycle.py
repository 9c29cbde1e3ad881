"""From one status to the next: the only place that changes an order's status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.books import service as books
from trading_app.books.arithmetic import ZERO
from trading_app.books.ledger import Purpose
from trading_app.identifiers import identifier
from trading_app.orders.errors import Invalid
from trading_app.tables import order_events, orders
from trading_app.tables.enumerations import OrderEvent, OrderStatus, Side, TransferReason
from trading_app.tables.order_transitions import FINAL, TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from trading_app.audit.actor import Actor
    from trading_app.books.ledger import Key, Ledger
    from trading_app.orders.desk import Desk
    from trading_app.rows import Row


@dataclass(frozen=True)
class Step:
    """What happens to an order, and who wants it.

    Args:
        values: of the order's other columns.
        reason: machine-readable, where the order ends because of it.
    """

    event: OrderEvent
    status: OrderStatus
    actor: Actor
    values: Mapping[str, Any] = field(default_factory=dict)
    execution_id: UUID | None = None
    reason: str | None = None


def refuse_final(order: Row) -> None:
    if order["status"] in FINAL:
        raise Invalid(f'order is already in "{order["status"]}" state', "order_final")


def may_become(order: Row, status: OrderStatus) -> bool:
    return status in TRANSITIONS.get(OrderStatus(order["status"]), ())


def ends_of(order: Row) -> tuple[Key, Key]:
    """Between which ledger accounts an order's promise stands: money for a purchase, pieces for a sale."""
    keys = books.keys_of(order["instrument_id"])
    return (books.CASH, keys.securities) if order["side"] == Side.BUY else (keys.shares, keys.market)


def begin(desk: Desk, row: Mapping[str, Any], actor: Actor) -> None:
    """Write a new order and its first event."""
    desk.changes.move(desk.head)
    desk.changes.insert(orders, row)
    desk.head.open_orders += 1
    status = OrderStatus(row["status"])
    _add_event(desk, row["id"], 1, Step(OrderEvent(status.value), status, actor))


def advance(desk: Desk, order: Row, step: Step) -> None:
    """Write an order's next version and the event that led to it."""
    version = order["version"] + 1
    key = {"account_id": desk.head.id, "id": order["id"]}
    values = {"status": step.status.value, "version": version, "updated_at": desk.head.at, **step.values}
    desk.changes.move(desk.head)
    desk.changes.update(orders, key | values, *key)
    if step.status in FINAL:
        desk.head.open_orders -= 1
    _add_event(desk, order["id"], version, step)


def release(ledger: Ledger, order: Row) -> None:
    """Give back what an order still holds."""
    if order["reserved"] != ZERO and order["promise"] is not None:
        ledger.void(
            Purpose(TransferReason.ORDER, order["id"]), order["promise"], ends_of(order), order["reserved"]
        )


def end(desk: Desk, order: Row, status: OrderStatus, actor: Actor, *, reason: str | None = None) -> None:
    """Bring an order to a final status that is no fill: canceled or expired."""
    release(desk.ledger.because(order["id"], order["version"] + 1), order)
    values = {"reserved": ZERO, f"{status}_at": desk.head.at}
    advance(desk, order, Step(OrderEvent(status.value), status, actor, values, reason=reason))
    metadata = {} if reason is None else {"why": reason}
    deed = Deed(f"order.{_VERBS[status]}", "order", order["id"], metadata=metadata)
    audit.record(desk.changes, desk.head, actor, deed)


_VERBS = {OrderStatus.CANCELED: "cancel", OrderStatus.EXPIRED: "expire"}


def _add_event(desk: Desk, order_id: UUID, version: int, step: Step) -> None:
    row = {
        "account_id": desk.head.id,
        "id": identifier(desk.head.at, "event", order_id, version),
        "order_id": order_id,
        "version": version,
        "event": step.event.value,
        "status": step.status.value,
        "execution_id": step.execution_id,
        "actor_id": step.actor.id,
        "reason": step.reason,
        "occurred_at": desk.head.at,
    }
    desk.changes.insert(order_events, row)
