from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Path, Query, Response

from servicekit.problems import Problem
from servicekit.routing import Router
from servicekit.unit_of_work import CurrentConnection
from trading_app.accounts.access import Access, Reading, Trading
from trading_app.audit.service import Deed
from trading_app.idempotency.service import Answer
from trading_app.orders import service as orders
from trading_app.orders.schemas import OrderOut
from trading_app.positions import service
from trading_app.positions.schemas import ClosedOut, PositionOut
from trading_app.venue.clock import Now
from trading_app.venue.service import CurrentVenue
from trading_app.wire import DecimalIn

router = Router(prefix="/v2/positions", tags=["positions"])

Name = Annotated[str, Path(min_length=1, max_length=64, description="A symbol or an asset's id")]


@router.get("")
async def list_positions(access: Reading, now: Now, connection: CurrentConnection) -> list[PositionOut]:
    return await service.listed(connection, access.account_id, at=now)


@router.get("/{symbol_or_asset_id}")
async def get_position(
    symbol_or_asset_id: Name, access: Reading, now: Now, connection: CurrentConnection
) -> PositionOut:
    return await service.get(connection, access.account_id, symbol_or_asset_id, at=now)


@router.delete("/{symbol_or_asset_id}", response_model=OrderOut)
async def close_position(
    symbol_or_asset_id: Name,
    access: Trading,
    venue: CurrentVenue,
    qty: Annotated[DecimalIn | None, Query()] = None,
    percentage: Annotated[DecimalIn | None, Query()] = None,
) -> Response:
    async with venue.database.connection() as connection:
        held = await service.get(connection, access.account_id, symbol_or_asset_id, at=await venue.now())
    return (await _close(venue, access, held, qty=qty, percentage=percentage)).response()


@router.delete("", status_code=207)
async def close_all_positions(
    access: Trading,
    venue: CurrentVenue,
    cancel_orders: bool = False,  # noqa: FBT001, FBT002  Alpaca's parameter
) -> list[ClosedOut]:
    """Close every position, each in a transaction of its own; what open orders hold cannot be sold."""
    if cancel_orders:
        await orders.cancel_all(venue, access)
    async with venue.database.connection() as connection:
        held = await service.listed(connection, access.account_id, at=await venue.now())
    return [await _closed(venue, access, position) for position in held]


async def _closed(venue: CurrentVenue, access: Access, held: PositionOut) -> ClosedOut:
    try:
        answer = await _close(venue, access, held)
    except Problem as problem:
        refused: dict[str, Any] = {"code": problem.status * 100_000 + 10_000, "message": problem.message}
        return ClosedOut(symbol=held.symbol, status=problem.status, body=refused | problem.members)
    body = json.loads(answer.body)
    return ClosedOut(symbol=held.symbol, order_id=body["id"], status=200, body=body)


async def _close(
    venue: CurrentVenue,
    access: Access,
    held: PositionOut,
    *,
    qty: DecimalIn | None = None,
    percentage: DecimalIn | None = None,
) -> Answer:
    deed = Deed("position.close", "order", metadata={"position": held.symbol})
    order = service.closing(held, qty=qty, percentage=percentage)
    return await orders.place(venue, access, order, deed=deed)
