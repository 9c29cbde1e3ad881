"""Orders end when their time is over: day orders at their session's close, gtc orders after 90 days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading_app.audit.actor import VENUE
from trading_app.orders import lifecycle
from trading_app.orders import service as orders
from trading_app.orders.desk import Desks
from trading_app.tables.enumerations import OrderStatus
from trading_app.tables.order_transitions import FINAL
from trading_app.venue import queries

if TYPE_CHECKING:
    from datetime import datetime

    from servicekit.database import Connection, Database
    from trading_app.venue.clock import Clock

TOGETHER = 200
"""So many orders are dealt with in one transaction: few enough that nobody waits long for an account."""


async def expire(database: Database, clock: Clock) -> None:
    """Expire every order that is due."""
    at = await clock.now(database)
    while True:
        async with database.connection() as connection:
            if not await queries.due(connection, at, 1):
                return
            async with connection.transaction():
                await queries.one_at_a_time(connection)
                await _expire_some(connection, at)


async def _expire_some(connection: Connection, at: datetime) -> None:
    keys = await queries.due(connection, at, TOGETHER)
    await queries.hold(connection, {key.account_id for key in keys})
    found = await orders.working(connection, keys)
    desks = Desks(at)
    desks.take_in(found)
    for order in found:
        if order["status"] not in FINAL:
            lifecycle.end(desks[order["account_id"]], order, OrderStatus.EXPIRED, VENUE)
    await desks.collect().write_held(connection)
