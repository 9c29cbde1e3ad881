from __future__ import annotations

from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.accounts.access import Reading
from trading_app.reconciliation import service
from trading_app.reconciliation.schemas import ReconciliationOut

router = Router(prefix="/v2/account", tags=["reconciliation"])


@router.get("/reconciliation")
async def reconcile_account(access: Reading, connection: UnitOfWork) -> ReconciliationOut:
    return ReconciliationOut.model_validate(await service.reconcile(connection, access.account_id))
