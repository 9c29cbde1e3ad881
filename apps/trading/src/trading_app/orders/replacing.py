"""Replacing an order: a new one takes the old one's place in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading_app.accounts.changing import Decision, change
from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.books.arithmetic import EXACT, ZERO
from trading_app.orders import lifecycle, placing, queries
from trading_app.orders.admission import refuse_blocked
from trading_app.orders.desk import Desks
from trading_app.orders.errors import ClientOrderIdTaken, Invalid, OrderNotFound, Refusal
from trading_app.orders.rules import check
from trading_app.orders.schemas import OrderIn
from trading_app.orders.service import refused, working
from trading_app.tables.enumerations import OrderEvent, OrderStatus

if TYPE_CHECKING:
    from uuid import UUID

    from servicekit.database import Connection
    from trading_app.accounts.access import Access
    from trading_app.orders.schemas import ReplacementIn
    from trading_app.rows import Row
    from trading_app.venue.service import Venue


async def replace(venue: Venue, access: Access, order_id: UUID, wanted: ReplacementIn) -> Row:
    """Put a new order in an open one's place. Its qty counts from zero: what the old one filled stays the old one's.

    Raises:
        OrderNotFound: this account has no such order.
        ClientOrderIdTaken: the client_order_id names another order.
        Refusal: the order cannot be replaced, or not by this one.
    """
    deed = Deed("order.replace", "order", metadata={"order": str(order_id)})

    async def decide(connection: Connection) -> Decision[tuple[Row, bool]]:
        at = await venue.now()
        found = await working(connection, [(access.account_id, order_id)])
        if not found:
            raise OrderNotFound
        (old,) = found
        desks = Desks(at)
        desks.take_in(found)
        try:
            new = await _replaced(connection, desks, access, old, wanted)
        except Refusal as refusal:
            return refused(old, at, access.actor, deed, refusal)
        return Decision(desks.collect(), new)

    new, tell = await change(venue.database, access.account_id, decide)
    if tell:
        venue.tell(new["instrument_id"])
    return new


async def _replaced(
    connection: Connection, desks: Desks, access: Access, old: Row, wanted: ReplacementIn
) -> tuple[Row, bool]:
    lifecycle.refuse_final(old)
    if not lifecycle.may_become(old, OrderStatus.REPLACED):
        raise Invalid(f"cannot replace order in {old['status']} status", "order_not_replaceable")
    order = _changed(old, wanted)
    standing = await queries.standing(connection, order, access, desks.at, None)
    if standing["known_id"] is not None:
        raise ClientOrderIdTaken
    check(order)
    refuse_blocked(standing)
    name, digest = placing.named(order.model_copy(update={"client_order_id": None}), order.client_order_id)
    entry = placing.Entry(access.account_id, access.actor, order, name, digest, replaced=old)
    new, tell = await placing.enter(connection, desks, standing, entry)
    _give_way(desks, access, old, new["id"])
    return new, tell


def _give_way(desks: Desks, access: Access, old: Row, new_id: UUID) -> None:
    desk = desks[access.account_id]
    values = {"reserved": ZERO, "replaced_at": desks.at, "replaced_by": new_id}
    step = lifecycle.Step(OrderEvent.REPLACED, OrderStatus.REPLACED, access.actor, values)
    lifecycle.advance(desk, old, step)
    deed = Deed("order.replace", "order", old["id"], metadata={"by": str(new_id)})
    audit.record(desk.changes, desk.head, access.actor, deed)


def _changed(old: Row, wanted: ReplacementIn) -> OrderIn:
    if wanted.trail is not None:
        raise Invalid("only trailing_stop orders have a trail", "unexpected_trail")
    if old["notional"] is not None:
        raise Invalid("notional orders cannot be replaced", "notional_order")
    return OrderIn.model_validate(
        {
            "symbol": old["symbol"],
            "side": old["side"],
            "type": old["type"],
            "time_in_force": wanted.time_in_force or old["time_in_force"],
            "qty": wanted.qty if wanted.qty is not None else EXACT.subtract(old["qty"], old["filled_qty"]),
            "limit_price": wanted.limit_price if wanted.limit_price is not None else old["limit_price"],
            "stop_price": wanted.stop_price if wanted.stop_price is not None else old["stop_price"],
            "extended_hours": old["extended_hours"],
            "client_order_id": wanted.client_order_id,
        }
    )
