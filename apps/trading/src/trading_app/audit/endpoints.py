from __future__ import annotations

from typing import Annotated

from fastapi import Query

from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.accounts.access import Administration
from trading_app.audit import service
from trading_app.audit.schemas import AuditPageOut, AuditRowOut, VerdictOut

router = Router(prefix="/v2/account/audit", tags=["audit"])


@router.get("")
async def list_audit_rows(
    access: Administration,
    connection: UnitOfWork,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPageOut:
    rows = await service.page(connection, access.account_id, before=before, limit=limit)
    found = [AuditRowOut.model_validate({**row, "hash": row["hash"].hex()}) for row in rows]
    more = len(found) == limit and found[-1].sequence > 1
    return AuditPageOut(rows=found, next_before=found[-1].sequence if more else None)


@router.get("/verification")
async def verify_audit_chain(access: Administration, connection: UnitOfWork) -> VerdictOut:
    return VerdictOut.model_validate(await service.verify(connection, access.account_id))
