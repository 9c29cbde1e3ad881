"""Matching one instrument: what its orders and its quote make possible, step by step, each step a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from trading_app.audit.actor import VENUE
from trading_app.books.arithmetic import EXACT, ZERO
from trading_app.orders import lifecycle
from trading_app.orders import service as orders
from trading_app.orders.desk import Desks
from trading_app.tables import quotes
from trading_app.tables.enumerations import OrderEvent, OrderStatus, Side
from trading_app.tables.order_transitions import FINAL
from trading_app.venue import queries
from trading_app.venue.decisions import Action, decide, in_steps
from trading_app.venue.expiring import TOGETHER, expire
from trading_app.venue.fills import Fills
from trading_app.venue.hours import Hours
from trading_app.venue.settling import room

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from servicekit.database import Connection, Database
    from trading_app.rows import Row
    from trading_app.venue.clock import Clock
    from trading_app.venue.model import Model
    from trading_app.venue.queries import OrderKey


class Phase(Enum):
    """In this order: what is possible in one comes before the next."""

    OPEN = auto()
    TRIGGER = auto()
    BUY = auto()
    SELL = auto()
    CANCEL = auto()


class Busy(Exception):
    """Somebody else has this instrument's quote."""


@dataclass(frozen=True)
class Moment:
    """An instrument's quote, locked, and which orders work now.

    Args:
        trading: None while the market is closed, or has not been quoted since it opened.
        last_price: of the last trade since the market opened.
    """

    quote: Row
    at: datetime
    trading: queries.Trading | None
    everything: queries.Trading
    last_price: Decimal | None


async def match(database: Database, clock: Clock, model: Model, instrument_id: UUID) -> bool:
    """Do all that an instrument's quote makes possible.

    Returns:
        Whether the quote was a new one.

    Raises:
        Busy: somebody else is at it; ask again.
    """
    await expire(database, clock)
    version = None
    while True:
        async with database.connection() as connection, connection.transaction():
            quote = await _locked(connection, instrument_id)
            if quote is None:
                return False
            version = quote["version"] if version is None else version
            moment = await _moment(connection, quote, await clock.now(database), model)
            if not await _step(connection, moment, model):
                return await queries.mark_matched(connection, instrument_id, version)


async def _locked(connection: Connection, instrument_id: UUID) -> Row | None:
    quote = await queries.lock_quote(connection, instrument_id)
    if quote is None and await queries.has_quote(connection, instrument_id):
        raise Busy
    return quote


async def _moment(connection: Connection, quote: Row, at: datetime, model: Model) -> Moment:
    instrument_id, reached = quote["instrument_id"], model.reached(at)
    session = Hours.of(await queries.session(connection, instrument_id, at))
    trading, last_price = None, None
    if session is not None and session.tradable(at, extended_hours=True):
        regular = session.regular(at)
        since = session.opens_at if regular else session.extended_opens_at
        # yesterday's quote is nobody's offer any more
        if quote["quoted_at"] >= since:
            trading = queries.Trading(instrument_id, not regular, reached)
        if quote["last_traded_at"] is not None and quote["last_traded_at"] >= since:
            last_price = quote["last_price"]
    everything = queries.Trading(instrument_id, extended_only=False, reached=reached)
    return Moment(quote, at, trading, everything, last_price)


async def _step(connection: Connection, moment: Moment, model: Model) -> bool:
    """Do what comes next; false if there is nothing.

    Orders arrive at any time, also between two of these queries. One that fills now or never may be seen first
    when it is asked what to cancel: so all that comes before is looked at once more, now that it can be seen.
    """
    found = await _first(connection, moment)
    if found is not None and found[0] is Phase.CANCEL:
        again = await _first(connection, moment)
        if again is not None and again[0] is not Phase.CANCEL:
            found = again
    if found is None:
        return False
    await _do(connection, moment, *found, model)
    return True


async def _first(connection: Connection, moment: Moment) -> tuple[Phase, list[OrderKey]] | None:
    for phase in Phase:
        keys = await _next(connection, moment, phase)
        if keys:
            return phase, keys
    return None


async def _next(connection: Connection, moment: Moment, phase: Phase) -> list[OrderKey]:
    trading, quote = moment.trading, moment.quote
    if phase is Phase.CANCEL:
        return await queries.immediate(connection, moment.everything, TOGETHER)
    if trading is None:
        return []
    if phase is Phase.OPEN:
        return await queries.accepted(connection, trading, TOGETHER)
    if phase is Phase.TRIGGER:
        last = moment.last_price
        return [] if last is None else await queries.triggered(connection, trading, last, TOGETHER)
    side = Side.BUY if phase is Phase.BUY else Side.SELL
    quoted, displayed = _opposite(quote, side)
    if quoted is None or displayed <= ZERO:
        return []
    return await queries.marketable(connection, trading, side, quoted, TOGETHER)


async def _do(
    connection: Connection, moment: Moment, phase: Phase, keys: Sequence[OrderKey], model: Model
) -> None:
    await queries.hold(connection, {key.account_id for key in keys})
    found = await orders.working(connection, keys)
    desks = Desks(moment.at)
    desks.take_in(found)
    still_open = [order for order in found if order["status"] not in FINAL]
    if phase in {Phase.BUY, Phase.SELL}:
        _trade(desks, moment, still_open, model)
    else:
        for order in still_open:
            _move(desks, phase, order)
    await desks.collect().write_held(connection)


def _move(desks: Desks, phase: Phase, order: Row) -> None:
    desk = desks[order["account_id"]]
    match phase:
        case Phase.OPEN:
            lifecycle.advance(desk, order, lifecycle.Step(OrderEvent.NEW, OrderStatus.NEW, VENUE))
        case Phase.TRIGGER:
            status, values = OrderStatus(order["status"]), {"triggered_at": desks.at}
            lifecycle.advance(desk, order, lifecycle.Step(OrderEvent.TRIGGERED, status, VENUE, values))
        case _:
            lifecycle.end(desk, order, OrderStatus.CANCELED, VENUE, reason="not_filled")


def _trade(desks: Desks, moment: Moment, found: Sequence[Row], model: Model) -> None:
    """Fill orders of one side in their order, as long as there is something displayed."""
    side = Side(found[0]["side"]) if found else Side.BUY
    quoted, displayed = _opposite(moment.quote, side)
    taken = ZERO
    fills = Fills(moment.quote, moment.at)
    for order in found:
        left = in_steps(EXACT.subtract(displayed, taken), moment.quote)
        if left <= ZERO:
            break
        taken = EXACT.add(taken, _try(desks, fills, order, quoted, left, model))
    fills.collect(desks.changes)
    if taken > ZERO:
        name = "ask_taken" if side is Side.BUY else "bid_taken"
        row = {"instrument_id": moment.quote["instrument_id"], name: EXACT.add(moment.quote[name], taken)}
        desks.changes.update(quotes, row, "instrument_id")


def _try(
    desks: Desks, fills: Fills, order: Row, quoted: Decimal | None, displayed: Decimal, model: Model
) -> Decimal:
    """Fill an order or cancel it, and say how much of what is displayed that takes."""
    desk, side = desks[order["account_id"]], Side(order["side"])
    price = None if quoted is None else model.price(order["id"], order["version"], side, quoted)
    decision = decide(order, quoted, displayed, price)
    reason = "not_filled"
    if decision.action is Action.FILL:
        qty = fills.fill(desk, order, decision)
        if qty > ZERO:
            return qty
        full = side is Side.BUY and room(desk.ledger, order) <= ZERO
        reason = "position_too_large" if full else "insufficient_buying_power"
    if decision.action is not Action.WAIT:
        lifecycle.end(desk, order, OrderStatus.CANCELED, VENUE, reason=reason)
    return ZERO


def _opposite(quote: Row, side: Side) -> tuple[Decimal | None, Decimal]:
    """Give the price on the other side, and how many are left there that can be traded."""
    name = "ask" if side is Side.BUY else "bid"
    left = EXACT.subtract(quote[f"{name}_size"], quote[f"{name}_taken"])
    return quote[f"{name}_price"], in_steps(left, quote)
