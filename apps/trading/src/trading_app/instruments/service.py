from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from trading_app.instruments import queries
from trading_app.instruments.errors import AssetNotFound

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row


async def asset(connection: AsyncConnection, symbol_or_id: str) -> Row:
    asset_id = _uuid(symbol_or_id)
    found = (
        await queries.asset_by_symbol(connection, symbol_or_id)
        if asset_id is None
        else await queries.asset_by_id(connection, asset_id)
    )
    if found is None:
        raise AssetNotFound(f"asset not found for {symbol_or_id}")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
