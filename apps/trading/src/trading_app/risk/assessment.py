"""Whether an order is within what an account may risk: the decision, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT
from trading_app.tables.enumerations import Restriction, RiskLimit, Side

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from trading_app.rows import Row

_PERCENT = Decimal(100)


@dataclass(frozen=True)
class Proposal:
    """What an order would do.

    Args:
        exposure: pieces held and on order before it.
        equity: what the account is worth, and was worth at the last close.
    """

    instrument_id: UUID
    side: Side
    qty: Decimal
    price: Decimal
    exposure: Decimal
    equity: Decimal
    last_equity: Decimal


@dataclass(frozen=True)
class Objection:
    reason: str
    message: str


def restricted(rows: Sequence[Row], instrument_id: UUID, side: Side) -> Objection | None:
    """A halt stops every order; close-only lets those pass that make a position smaller."""
    kinds = {row["kind"] for row in _of(rows, instrument_id)}
    if Restriction.HALT in kinds:
        return Objection("halted", "trading is halted for this account")
    if Restriction.CLOSE_ONLY in kinds and side is Side.BUY:
        return Objection("close_only", "this account may only close positions")
    return None


def over_limit(limits: Sequence[Row], rows: Sequence[Row], proposal: Proposal) -> Objection | None:
    """Limits hold for what adds risk: nobody is kept from making a position smaller."""
    if proposal.side is Side.SELL:
        return None
    factor = min((row["factor"] for row in _of(rows, proposal.instrument_id) if row["factor"]), default=None)
    for kind, limit in _applying(limits, proposal.instrument_id).items():
        allowed = limit if factor is None else EXACT.multiply(limit, factor)
        if _measure(kind, proposal) > allowed:
            return Objection(
                kind.value.lower(), f"order exceeds the account's {kind} of {allowed.normalize():f}"
            )
    return None


def _of(rows: Sequence[Row], instrument_id: UUID) -> list[Row]:
    return [row for row in rows if row["instrument_id"] in {None, instrument_id}]


def _applying(limits: Sequence[Row], instrument_id: UUID) -> dict[RiskLimit, Decimal]:
    """An instrument's own limit stands in for the general one."""
    found = sorted(_of(limits, instrument_id), key=lambda row: row["instrument_id"] is not None)
    return {RiskLimit(row["kind"]): row["value"] for row in found if row["enabled"]}


def _measure(kind: RiskLimit, proposal: Proposal) -> Decimal:
    position = EXACT.add(proposal.exposure, proposal.qty)
    match kind:
        case RiskLimit.MAX_ORDER_VALUE:
            return EXACT.multiply(proposal.qty, proposal.price)
        case RiskLimit.MAX_POSITION_SIZE:
            return position
        case RiskLimit.MAX_CONCENTRATION:
            if proposal.equity <= 0:
                return _PERCENT
            value = EXACT.multiply(position, proposal.price)
            return EXACT.divide(EXACT.multiply(value, _PERCENT), proposal.equity)
        case RiskLimit.MAX_DAILY_LOSS:
            return EXACT.subtract(proposal.last_equity, proposal.equity)
