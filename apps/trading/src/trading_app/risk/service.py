from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from servicekit.database import driver
from trading_app.accounts import service as accounts
from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.positions.valuation import valuation
from trading_app.risk import queries
from trading_app.risk.assessment import Objection, Proposal, over_limit, restricted
from trading_app.risk.errors import AssetUnknown, LimitNotFound, RestrictionNotFound

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection
    from trading_app.accounts.access import Access
    from trading_app.risk.schemas import LimitIn, RestrictionIn
    from trading_app.rows import Row
    from trading_app.tables.enumerations import Side


@dataclass(frozen=True)
class Wanted:
    """What an order would trade, at which estimated price.

    Args:
        replaced: pieces that an order which it takes the place of still asks for.
    """

    instrument_id: UUID
    side: Side
    qty: Decimal
    price: Decimal
    replaced: Decimal


async def objection(
    connection: Connection, account_id: UUID, wanted: Wanted, *, at: datetime
) -> Objection | None:
    """Say what speaks against an order, in the transaction that places it."""
    restrictions = await queries.standing(connection, account_id, at)
    found = restricted(restrictions, wanted.instrument_id, wanted.side)
    limits = await queries.limits(connection, account_id)
    if found is not None or not limits:
        return found
    worth = await valuation(connection, account_id, at=at)
    exposure = await queries.exposure(connection, account_id, wanted.instrument_id, wanted.price)
    proposal = Proposal(
        wanted.instrument_id,
        wanted.side,
        wanted.qty,
        wanted.price,
        exposure=exposure - wanted.replaced,
        equity=worth.equity,
        last_equity=worth.last_equity,
    )
    return over_limit(limits, restrictions, proposal)


async def limits(connection: Connection, account_id: UUID) -> list[Row]:
    return await queries.limits(connection, account_id)


async def set_limit(connection: AsyncConnection, access: Access, wanted: LimitIn, *, at: datetime) -> Row:
    account = await accounts.lock(connection, access.account_id)
    values: dict[str, Any] = {
        "account_id": access.account_id,
        "kind": wanted.kind.value,
        "value": wanted.value,
        "instrument_id": await _instrument(connection, wanted.symbol),
        "set_by": access.actor.id,
    }
    await queries.set_limit(connection, values)
    metadata = {"kind": wanted.kind.value, "value": str(wanted.value), "symbol": wanted.symbol}
    deed = Deed("risk_limit.set", "risk_limit", metadata=metadata)
    await audit.record_held(connection, account, access.actor, deed, at=at)
    found = await queries.limits(await driver(connection), access.account_id)
    key = (values["kind"], values["instrument_id"])
    return next(row for row in found if (row["kind"], row["instrument_id"]) == key)


async def remove_limit(connection: AsyncConnection, access: Access, limit_id: UUID, *, at: datetime) -> None:
    account = await accounts.lock(connection, access.account_id)
    if not await queries.remove_limit(connection, access.account_id, limit_id):
        raise LimitNotFound
    deed = Deed("risk_limit.remove", "risk_limit", limit_id)
    await audit.record_held(connection, account, access.actor, deed, at=at)


async def standing(connection: Connection, account_id: UUID, *, at: datetime) -> list[Row]:
    return await queries.standing(connection, account_id, at)


async def impose(connection: AsyncConnection, access: Access, wanted: RestrictionIn, *, at: datetime) -> Row:
    account = await accounts.lock(connection, access.account_id)
    values = {
        "account_id": access.account_id,
        "kind": wanted.kind.value,
        "reason": wanted.reason,
        "factor": wanted.factor,
        "starts_at": at,
        "ends_at": wanted.ends_at,
        "instrument_id": await _instrument(connection, wanted.symbol),
        "imposed_by": access.actor.id,
    }
    row = await queries.impose(connection, values)
    metadata = {"kind": wanted.kind.value, "symbol": wanted.symbol}
    deed = Deed("restriction.impose", "restriction", row["id"], metadata=metadata)
    await audit.record_held(connection, account, access.actor, deed, at=at)
    return {**row, "symbol": wanted.symbol}


async def lift(connection: AsyncConnection, access: Access, restriction_id: UUID, *, at: datetime) -> None:
    account = await accounts.lock(connection, access.account_id)
    if not await queries.lift(connection, access.account_id, restriction_id, access.actor.id, at):
        raise RestrictionNotFound
    deed = Deed("restriction.lift", "restriction", restriction_id)
    await audit.record_held(connection, account, access.actor, deed, at=at)


async def _instrument(connection: AsyncConnection, symbol: str | None) -> UUID | None:
    if symbol is None:
        return None
    found = await queries.instrument_id(connection, symbol)
    if found is None:
        raise AssetUnknown
    return found
