from __future__ import annotations

from fastapi import Request, Response

from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.accounts import service as accounts
from trading_app.accounts.access import Closing
from trading_app.accounts.schemas import AccountOut
from trading_app.closing import service
from trading_app.idempotency.service import KeyHeader, answered, once
from trading_app.venue.clock import Now

router = Router(prefix="/v2/account", tags=["accounts"])


@router.post("/close", response_model=AccountOut)
async def close_account(
    request: Request,
    access: Closing,
    now: Now,
    connection: UnitOfWork,
    idempotency_key: KeyHeader = None,
) -> Response:
    """Pay out all cash and close the account for good. Its history stays; its owner may leave."""
    repeat = await once(request, idempotency_key, access.account_id, access.actor.id)

    async def closed() -> AccountOut:
        await service.close(connection, access, at=now)
        rows = await accounts.of_user(connection, access.actor.id)
        row = next(row for row in rows if row["id"] == access.account_id)
        return AccountOut.model_validate({**row, "account_number": str(row["number"])})

    return await answered(connection, repeat, 200, closed)
