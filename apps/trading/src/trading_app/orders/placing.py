"""Placing an order: checked, paid for in advance and written in one statement."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.books.arithmetic import ZERO
from trading_app.books.ledger import Purpose
from trading_app.identifiers import identifier
from trading_app.orders import lifecycle
from trading_app.orders.admission import admit, refuse_instrument, reserve
from trading_app.orders.pricing import estimated_price
from trading_app.orders.rules import INTENTS
from trading_app.tables.enumerations import OrderClass, OrderStatus, TransferReason
from trading_app.venue.decisions import may_trade
from trading_app.venue.hours import Hours, expiry
from trading_app.wire import plain

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from servicekit.database import Connection
    from trading_app.audit.actor import Actor
    from trading_app.orders.desk import Desks
    from trading_app.orders.schemas import OrderIn
    from trading_app.rows import Row


@dataclass(frozen=True)
class Entry:
    """An order on its way into the book.

    Args:
        replaced: the order that it takes the place of, as it works.
    """

    account_id: UUID
    actor: Actor
    order: OrderIn
    client_order_id: str
    request_hash: bytes
    replaced: Row | None = None


def named(order: OrderIn, name: str | None) -> tuple[str, bytes]:
    """Give an order's client_order_id, made up where it has none, and the hash that tells it from another order."""
    digest = hashlib.sha256(order.model_dump_json(exclude_none=True).encode()).digest()
    return name or secrets.token_hex(16), digest


async def enter(
    connection: Connection, desks: Desks, standing: Row, entry: Entry
) -> tuple[dict[str, Any], bool]:
    """Put an order that is valid in itself into the book.

    Args:
        standing: what is known of its account and its market.

    Returns:
        The order's row, and whether the venue has something to do with it.

    Raises:
        Refusal: the account may not place it.
    """
    order, at = entry.order, desks.at
    refuse_instrument(order, standing)
    price = estimated_price(order, standing)
    await admit(connection, order, standing, price, at, replaced=entry.replaced)
    desks.take_in([standing])
    desk = desks[entry.account_id]
    order_id = identifier(at, "order", entry.account_id, entry.client_order_id)
    ledger = desk.ledger.because(order_id, 1)
    if entry.replaced is not None:
        lifecycle.release(ledger, entry.replaced)
    purpose = Purpose(TransferReason.ORDER, order_id)
    reserved = reserve(ledger, purpose, order, standing["instrument_id"], price)
    row = _row(entry, order_id, standing, reserved, at)
    lifecycle.begin(desk, row, entry.actor)
    deed = Deed("order.place", "order", order_id, metadata=described(order))
    audit.record(desk.changes, desk.head, entry.actor, deed)
    placed = {**_NEVER_YET, **row, "symbol": standing["symbol"], "asset_class": standing["asset_class"]}
    return placed, may_trade(placed, standing)


# What a new order's row says of all that may happen to it.
_NEVER_YET: dict[str, Any] = dict.fromkeys(
    (
        "triggered_at",
        "filled_at",
        "expired_at",
        "canceled_at",
        "failed_at",
        "replaced_at",
        "replaced_by",
        "trail_price",
        "trail_percent",
        "hwm",
    )
) | {"filled_qty": ZERO, "filled_value": ZERO, "order_class": OrderClass.SIMPLE}


def _row(entry: Entry, order_id: UUID, standing: Row, reserved: Decimal, now: datetime) -> dict[str, Any]:
    order = entry.order
    extended = bool(order.extended_hours)
    session = Hours.of(standing)
    working = session is not None and session.tradable(now, extended_hours=extended)
    return {
        "account_id": entry.account_id,
        "id": order_id,
        "instrument_id": standing["instrument_id"],
        "client_order_id": entry.client_order_id,
        "request_hash": entry.request_hash,
        "placed_by": entry.actor.id,
        "side": order.side.value,
        "type": order.type.value,
        "time_in_force": order.time_in_force.value,
        "position_intent": INTENTS[order.side].value,
        "status": (OrderStatus.NEW if working else OrderStatus.ACCEPTED).value,
        "qty": order.qty,
        "notional": order.notional,
        "limit_price": order.limit_price,
        "stop_price": order.stop_price,
        "extended_hours": extended,
        "reserved": reserved,
        "replaces": None if entry.replaced is None else entry.replaced["id"],
        "submitted_at": now,
        "created_at": now,
        "updated_at": now,
        "expires_at": expiry(standing, order.time_in_force, now, extended_hours=extended),
    }


def described(order: OrderIn) -> dict[str, str]:
    """Say for the audit row what was asked for."""
    numbers = {
        name: plain(value)
        for name in ("qty", "notional", "limit_price", "stop_price")
        if (value := getattr(order, name)) is not None
    }
    words = {"symbol": order.symbol, "side": order.side.value, "type": order.type.value}
    return words | numbers | {"time_in_force": order.time_in_force.value}
