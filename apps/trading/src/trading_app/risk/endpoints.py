from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response

from servicekit.problems import InvalidInput
from servicekit.routing import Router
from servicekit.unit_of_work import CurrentConnection, UnitOfWork
from trading_app.accounts.access import Administration, Reading
from trading_app.idempotency.service import KeyHeader, answered, once
from trading_app.risk import service
from trading_app.risk.schemas import LimitIn, LimitOut, RestrictionIn, RestrictionOut
from trading_app.venue.clock import Now

router = Router(prefix="/v2/account", tags=["risk"])


@router.get("/limits")
async def list_limits(access: Reading, connection: CurrentConnection) -> list[LimitOut]:
    rows = await service.limits(connection, access.account_id)
    return [LimitOut.model_validate(dict(row)) for row in rows]


@router.put("/limits")
async def set_limit(wanted: LimitIn, access: Administration, now: Now, connection: UnitOfWork) -> LimitOut:
    row = await service.set_limit(connection, access, wanted, at=now)
    return LimitOut.model_validate(dict(row))


@router.delete("/limits/{limit_id}", status_code=204)
async def remove_limit(limit_id: UUID, access: Administration, now: Now, connection: UnitOfWork) -> None:
    await service.remove_limit(connection, access, limit_id, at=now)


@router.get("/restrictions")
async def list_restrictions(access: Reading, now: Now, connection: CurrentConnection) -> list[RestrictionOut]:
    rows = await service.standing(connection, access.account_id, at=now)
    return [RestrictionOut.model_validate(dict(row)) for row in rows]


@router.post("/restrictions", status_code=201, response_model=RestrictionOut)
async def impose_restriction(
    wanted: RestrictionIn,
    request: Request,
    access: Administration,
    now: Now,
    connection: UnitOfWork,
    idempotency_key: KeyHeader = None,
) -> Response:
    if wanted.ends_at is not None and wanted.ends_at <= now:
        raise InvalidInput("ends_at must lie in the future")

    async def imposed() -> RestrictionOut:
        return RestrictionOut.model_validate(dict(await service.impose(connection, access, wanted, at=now)))

    repeat = await once(request, idempotency_key, access.account_id, access.actor.id)
    return await answered(connection, repeat, 201, imposed)


@router.delete("/restrictions/{restriction_id}", status_code=204)
async def lift_restriction(
    restriction_id: UUID, access: Administration, now: Now, connection: UnitOfWork
) -> None:
    await service.lift(connection, access, restriction_id, at=now)
