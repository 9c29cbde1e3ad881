from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.accounts.access import Reading
from trading_app.books import service
from trading_app.books.schemas import LedgerAccountOut, LedgerEntryOut, LedgerPageOut

router = Router(prefix="/v2/account/ledger", tags=["ledger"])


@router.get("")
async def list_ledger_accounts(access: Reading, connection: UnitOfWork) -> list[LedgerAccountOut]:
    rows = await service.balances(connection, access.account_id)
    return [LedgerAccountOut.model_validate(dict(row)) for row in rows]


@router.get("/{ledger_account_id}/entries")
async def list_ledger_entries(
    ledger_account_id: UUID,
    access: Reading,
    connection: UnitOfWork,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> LedgerPageOut:
    rows = await service.entries(connection, access.account_id, ledger_account_id, before=before, limit=limit)
    found = [LedgerEntryOut.model_validate(dict(row)) for row in rows]
    more = len(found) == limit and found[-1].version > 1
    return LedgerPageOut(entries=found, next_before=found[-1].version if more else None)
