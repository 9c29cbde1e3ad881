from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    DateTime,
    Numeric,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from servicekit.statements import prepared
from trading_app.joins import in_force
from trading_app.rows import Row, maybe_row, rows
from trading_app.tables import instruments, orders, positions, restrictions, risk_limits
from trading_app.tables.orders import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection


_ACCOUNT = bindparam("account_id", type_=Uuid())
_INSTRUMENT = bindparam("instrument_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))


def _exposure() -> Select[Any]:
    price = bindparam("price", type_=Numeric())
    money = (orders.c.notional - orders.c.filled_value) / price
    leaves = func.coalesce(orders.c.qty - orders.c.filled_qty, money)
    buys = orders.c.side == literal_column("'buy'")
    bought = select(func.coalesce(func.sum(leaves), literal_column("0"))).where(
        orders.c.account_id == _ACCOUNT, orders.c.instrument_id == _INSTRUMENT, buys, text(OPEN)
    )
    held = select(func.coalesce(func.sum(positions.c.qty), literal_column("0"))).where(
        positions.c.account_id == _ACCOUNT, positions.c.instrument_id == _INSTRUMENT
    )
    return select((held.scalar_subquery() + bought.scalar_subquery()).label("exposure"))


_LIMITS = prepared(
    select(risk_limits, instruments.c.symbol)
    .outerjoin(instruments, instruments.c.id == risk_limits.c.instrument_id)
    .where(risk_limits.c.account_id == _ACCOUNT)
    .order_by(risk_limits.c.kind, instruments.c.symbol)
)
_STANDING = prepared(
    select(restrictions, instruments.c.symbol)
    .outerjoin(instruments, instruments.c.id == restrictions.c.instrument_id)
    .where(in_force(_ACCOUNT, _AT))
    .order_by(restrictions.c.starts_at, restrictions.c.id)
)
_EXPOSURE = prepared(_exposure())


async def limits(connection: Connection, account_id: UUID) -> list[Row]:
    return await rows(connection, _LIMITS, account_id=account_id)


async def standing(connection: Connection, account_id: UUID, at: datetime) -> list[Row]:
    """Give the restrictions that are in force."""
    return await rows(connection, _STANDING, account_id=account_id, at=at)


async def exposure(connection: Connection, account_id: UUID, instrument_id: UUID, price: Decimal) -> Decimal:
    """Give how much is held of an instrument, together with all that open orders may still buy at a price."""
    (found,) = await rows(
        connection, _EXPOSURE, account_id=account_id, instrument_id=instrument_id, price=price
    )
    exposure: Decimal = found["exposure"]
    return exposure


async def set_limit(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    table = risk_limits.c
    general = values["instrument_id"] is None
    columns = [table.account_id, table.kind] + ([] if general else [table.instrument_id])
    query = upsert(risk_limits).values(**values)
    await connection.execute(
        query.on_conflict_do_update(
            index_elements=columns,
            index_where=table.instrument_id.is_(None) if general else table.instrument_id.is_not(None),
            set_={"value": query.excluded.value, "set_by": query.excluded.set_by, "enabled": True},
        )
    )


async def remove_limit(connection: AsyncConnection, account_id: UUID, limit_id: UUID) -> bool:
    query = delete(risk_limits).where(risk_limits.c.account_id == account_id, risk_limits.c.id == limit_id)
    return (await connection.execute(query.returning(risk_limits.c.id))).one_or_none() is not None


async def impose(connection: AsyncConnection, values: Mapping[str, Any]) -> Row:
    query = insert(restrictions).values(**values).returning(restrictions)
    return dict((await connection.execute(query)).mappings().one())


async def lift(
    connection: AsyncConnection, account_id: UUID, restriction_id: UUID, user_id: UUID | None, at: datetime
) -> bool:
    table = restrictions.c
    query = (
        update(restrictions)
        .where(table.account_id == account_id, table.id == restriction_id, table.lifted_at.is_(None))
        .values(lifted_at=at, lifted_by=user_id)
        .returning(table.id)
    )
    return (await connection.execute(query)).one_or_none() is not None


async def instrument_id(connection: AsyncConnection, symbol: str) -> UUID | None:
    row = await maybe_row(connection, select(instruments.c.id).where(instruments.c.symbol == symbol))
    return None if row is None else row["id"]
