from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from trading_app.accounts.changing import Decision, change
from trading_app.accounts.head import Head
from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.changes import Changes
from trading_app.idempotency import service as idempotency
from trading_app.idempotency.service import Answer
from trading_app.orders import lifecycle, placing, queries
from trading_app.orders.admission import refuse_blocked
from trading_app.orders.desk import Desks
from trading_app.orders.errors import ClientOrderIdTaken, OrderNotFound, Refusal
from trading_app.orders.presenting import order_out
from trading_app.orders.rules import check
from trading_app.tables.enumerations import OrderStatus
from trading_app.tables.order_transitions import FINAL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from servicekit.database import Connection
    from servicekit.problems import Problem
    from trading_app.accounts.access import Access, Claim
    from trading_app.audit.actor import Actor
    from trading_app.idempotency.service import Keyed
    from trading_app.orders.schemas import Filters, OrderIn
    from trading_app.rows import Row
    from trading_app.venue.service import Venue

_TOGETHER = 200
"""So many orders are canceled in one transaction: few enough that nobody waits long for the account."""


@dataclass(frozen=True)
class Placed:
    """What is answered for an order, and which instrument has work for the venue now."""

    answer: Answer
    instrument_id: UUID | None = None


async def place(
    venue: Venue, who: Access | Claim, order: OrderIn, keyed: Keyed | None = None, *, deed: Deed | None = None
) -> Answer:
    """Place an order; the same order under the same client_order_id is only answered again.

    Args:
        who: asks; a claim is looked at together with everything else.
        deed: what a refusal is written down as; the placing, unless told otherwise.

    Raises:
        Unauthorized, AccountNotFound, RoleNotEnough: the claim does not hold.
        ClientOrderIdTaken: the client_order_id names another order.
        KeyReused: the Idempotency-Key was used for another request.
        Refusal: the order is not valid, or the account may not place it.
    """
    key = None if keyed is None else keyed.key
    name, digest = placing.named(order, order.client_order_id)

    async def decide(connection: Connection) -> Decision[Placed]:
        at = await venue.now()
        standing = await queries.standing(connection, order, who, at, key)
        access = who.access(standing)
        repeat = None if keyed is None else keyed.of(access.account_id, access.actor.id)
        before = idempotency.given_before(repeat, standing)
        if before is not None:
            return Decision(None, Placed(before))
        if standing["known_id"] is not None:
            return Decision(None, Placed(await _known(connection, standing, digest)))
        desks = Desks(at)
        try:
            check(order)
            refuse_blocked(standing)
            entry = placing.Entry(access.account_id, access.actor, order, name, digest)
            row, tell = await placing.enter(connection, desks, standing, entry)
        except Refusal as refusal:
            tried = deed or Deed("order.place", "order", metadata=placing.described(order))
            return refused(standing, at, access.actor, tried, refusal)
        answer = Answer.of(200, order_out(row))
        changes = desks.collect()
        idempotency.keep(changes, repeat, answer)
        return Decision(changes, Placed(answer, row["instrument_id"] if tell else None))

    placed = await change(venue.database, who.turn, decide)
    if placed.instrument_id is not None:
        venue.tell(placed.instrument_id)
    return placed.answer


async def _known(connection: Connection, standing: Row, digest: bytes) -> Answer:
    if standing["known_hash"] != digest:
        raise ClientOrderIdTaken
    return Answer.of(200, order_out(await get(connection, standing["account_id"], standing["known_id"])))


def refused(account: Row, at: datetime, actor: Actor, deed: Deed, refusal: Refusal) -> Decision[Any]:
    """Decide to write down that something was refused, and nothing else.

    Args:
        account: read with its head.
    """
    changes = Changes()
    audit.record(changes, Head.of(account, at), actor, replace(deed, reason=refusal.reason))
    return Decision(changes, problem=refusal)


async def get(connection: Connection, account_id: UUID, order_id: UUID) -> Row:
    found = await queries.by_id(connection, account_id, order_id)
    if found is None:
        raise OrderNotFound
    return found


async def by_client_order_id(connection: Connection, account_id: UUID, name: str) -> Row:
    found = await queries.by_client_order_id(connection, account_id, name)
    if found is None:
        raise OrderNotFound
    return found


async def listed(connection: Connection, account_id: UUID, filters: Filters) -> list[Row]:
    for cursor in (filters.before_order_id, filters.after_order_id):
        if cursor is not None:
            await get(connection, account_id, cursor)
    return await queries.listed(connection, account_id, filters)


async def cancel(venue: Venue, access: Access, order_id: UUID) -> None:
    """Cancel an order, and give back what it holds.

    Raises:
        OrderNotFound: this account has no such order.
        Invalid: it is final.
    """
    deed = Deed("order.cancel", "order", metadata={"order": str(order_id)})

    async def decide(connection: Connection) -> Decision[None]:
        at = await venue.now()
        found = await working(connection, [(access.account_id, order_id)])
        if not found:
            raise OrderNotFound
        (order,) = found
        try:
            lifecycle.refuse_final(order)
        except Refusal as refusal:
            return refused(order, at, access.actor, deed, refusal)
        return Decision(_ended(found, at, access.actor))

    await change(venue.database, access.account_id, decide)


async def cancel_all(venue: Venue, access: Access) -> dict[UUID, Problem | None]:
    """Cancel every open order, some in a transaction; what fills meanwhile is filled, and what stood against it said."""
    async with venue.database.connection() as connection:
        open_ids = await queries.open_ids(connection, access.account_id)
    found: dict[UUID, Problem | None] = {}
    for start in range(0, len(open_ids), _TOGETHER):
        found |= await _cancel_some(venue, access, open_ids[start : start + _TOGETHER])
    return found


async def _cancel_some(venue: Venue, access: Access, order_ids: Sequence[UUID]) -> dict[UUID, Problem | None]:
    async def decide(connection: Connection) -> Decision[dict[UUID, Problem | None]]:
        at = await venue.now()
        found = await working(connection, [(access.account_id, order_id) for order_id in order_ids])
        still_open = [order for order in found if order["status"] not in FINAL]
        changes = _ended(still_open, at, access.actor) if still_open else None
        return Decision(changes, {order["id"]: _objection(order) for order in found})

    return await change(venue.database, access.account_id, decide)


def _ended(found: Sequence[Row], at: datetime, actor: Actor) -> Changes:
    desks = Desks(at)
    desks.take_in(found)
    for order in found:
        lifecycle.end(desks[order["account_id"]], order, OrderStatus.CANCELED, actor)
    return desks.collect()


def _objection(order: Row) -> Problem | None:
    try:
        lifecycle.refuse_final(order)
    except Refusal as refusal:
        return refusal
    return None


async def working(connection: Connection, keys: Sequence[tuple[UUID, UUID]]) -> list[Row]:
    """Give orders by account and id with all that a change of them moves: what desks take in."""
    return await queries.working(connection, keys)
