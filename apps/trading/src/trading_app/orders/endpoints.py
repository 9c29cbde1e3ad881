from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import TypeAdapter

from servicekit.problems import Problem
from servicekit.routing import Router
from servicekit.unit_of_work import CurrentConnection
from trading_app.accounts.access import Reading, ToTrade, Trading
from trading_app.idempotency.service import KeyHeader, keyed
from trading_app.orders import service
from trading_app.orders.presenting import order_out
from trading_app.orders.replacing import replace
from trading_app.orders.schemas import CanceledOut, ClientOrderId, Filters, OrderIn, OrderOut, ReplacementIn
from trading_app.venue.service import CurrentVenue, venue_of

router = Router(prefix="/v2", tags=["orders"])

_ORDERS = TypeAdapter(list[OrderOut])


@router.post("/orders", response_model=OrderOut)
async def place_order(
    wanted: OrderIn,
    request: Request,
    claim: ToTrade,
    idempotency_key: KeyHeader = None,
) -> Response:
    repeat = await keyed(request, idempotency_key)
    # the venue is taken from the request: on the busiest route each dependency is felt
    return (await service.place(venue_of(request), claim, wanted, repeat)).response()


@router.get("/orders", response_model=list[OrderOut])
async def list_orders(
    access: Reading, connection: CurrentConnection, filters: Annotated[Filters, Query()]
) -> Response:
    rows = await service.listed(connection, access.account_id, filters)
    # written here: FastAPI would check and write each of 500 orders once more
    body = _ORDERS.dump_json([order_out(row) for row in rows])
    return Response(body, media_type="application/json")


@router.get("/orders:by_client_order_id")
async def get_order_by_client_order_id(
    access: Reading, connection: CurrentConnection, client_order_id: Annotated[ClientOrderId, Query()]
) -> OrderOut:
    return order_out(await service.by_client_order_id(connection, access.account_id, client_order_id))


@router.get("/orders/{order_id}")
async def get_order(
    order_id: UUID,
    access: Reading,
    connection: CurrentConnection,
    nested: bool = False,  # noqa: ARG001, FBT001, FBT002  Alpaca's parameter: a simple order has no legs
) -> OrderOut:
    return order_out(await service.get(connection, access.account_id, order_id))


@router.patch("/orders/{order_id}")
async def replace_order(
    order_id: UUID, wanted: ReplacementIn, access: Trading, venue: CurrentVenue
) -> OrderOut:
    return order_out(await replace(venue, access, order_id, wanted))


@router.delete("/orders/{order_id}", status_code=204)
async def cancel_order(order_id: UUID, access: Trading, venue: CurrentVenue) -> None:
    await service.cancel(venue, access, order_id)


@router.delete("/orders", status_code=207)
async def cancel_all_orders(access: Trading, venue: CurrentVenue) -> list[CanceledOut]:
    found = await service.cancel_all(venue, access)
    return [_canceled(order_id, problem) for order_id, problem in found.items()]


def _canceled(order_id: UUID, problem: Problem | None) -> CanceledOut:
    if problem is None:
        return CanceledOut(id=order_id, status=200)
    body: dict[str, Any] = {"code": problem.status * 100_000 + 10_000, "message": problem.message}
    return CanceledOut(id=order_id, status=problem.status, body=body)
