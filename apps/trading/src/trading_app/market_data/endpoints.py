from __future__ import annotations

from fastapi import Depends

from servicekit.auth import require_role
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.market_data import service
from trading_app.market_data.schemas import QuotesIn, TakenOut

router = Router(
    prefix="/v2/market-data", tags=["market data"], dependencies=[Depends(require_role("service"))]
)


@router.post("/quotes")
async def take_in_quotes(batch: QuotesIn, connection: UnitOfWork) -> TakenOut:
    updates = [quote.update() for quote in batch.quotes]
    ids = await service.instruments_of(connection, updates)
    return TakenOut.model_validate(await service.take_in(connection, updates, ids))
