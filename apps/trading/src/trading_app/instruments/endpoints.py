from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from servicekit.auth import current_user
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.instruments import queries, service
from trading_app.instruments.schemas import AlpacaAssetClass, AlpacaExchange, AssetOut, AttributeList
from trading_app.tables.enumerations import AssetStatus

router = Router(prefix="/v2/assets", tags=["assets"], dependencies=[Depends(current_user)])


@router.get("")
async def list_assets(  # noqa: PLR0913, PLR0917  Alpaca's filters
    connection: UnitOfWork,
    status: AssetStatus | None = None,
    asset_class: AlpacaAssetClass = AlpacaAssetClass.US_EQUITY,
    exchange: AlpacaExchange | None = None,
    attributes: Annotated[AttributeList | None, Query(description="Any of these, comma-separated")] = None,
    after: Annotated[str | None, Query(max_length=64, description="Ours: the symbol to go on after")] = None,
    limit: Annotated[int | None, Query(ge=1, le=10_000, description="Ours: how many; all without it")] = None,
) -> list[AssetOut]:
    equal = {"asset_class": asset_class, "status": status, "exchange": exchange}
    rows = await queries.assets(
        connection,
        equal={name: str(value) for name, value in equal.items() if value is not None},
        attributes=attributes.split(",") if attributes else (),
        after=after,
        limit=limit,
    )
    return [AssetOut.model_validate(row) for row in rows]


@router.get("/{symbol_or_asset_id}")
async def get_asset(symbol_or_asset_id: str, connection: UnitOfWork) -> AssetOut:
    return AssetOut.model_validate(await service.asset(connection, symbol_or_asset_id))
