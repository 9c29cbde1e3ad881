from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, literal, select

from trading_app.rows import Row, every_row, maybe_row
from trading_app.tables import instruments as i

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

# Of what can be traded in fractions, quantities have nine decimals.
_FRACTION = literal("0.000000001", i.c.lot_size.type)

_ASSET = select(
    i.c.id,
    i.c.asset_class,
    i.c.exchange,
    i.c.symbol,
    i.c.name,
    i.c.status,
    i.c.tradable,
    i.c.marginable,
    i.c.shortable,
    i.c.easy_to_borrow,
    i.c.fractionable,
    i.c.min_order_size,
    case((i.c.fractionable, _FRACTION), else_=i.c.lot_size).label("min_trade_increment"),
    i.c.tick_size.label("price_increment"),
    i.c.attributes,
)


async def assets(
    connection: AsyncConnection,
    *,
    equal: dict[str, str],
    attributes: Sequence[str],
    after: str | None,
    limit: int | None,
) -> list[Row]:
    conditions: list[ColumnElement[bool]] = [i.c[name] == value for name, value in equal.items()]
    if attributes:
        conditions.append(i.c.attributes.overlap(list(attributes)))
    if after is not None:
        conditions.append(i.c.symbol > after)
    return await every_row(connection, _ASSET.where(*conditions).order_by(i.c.symbol).limit(limit))


async def asset_by_id(connection: AsyncConnection, asset_id: UUID) -> Row | None:
    return await maybe_row(connection, _ASSET.where(i.c.id == asset_id))


async def asset_by_symbol(connection: AsyncConnection, symbol: str) -> Row | None:
    return await maybe_row(connection, _ASSET.where(i.c.symbol == symbol))
