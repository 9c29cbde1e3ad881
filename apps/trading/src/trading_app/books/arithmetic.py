"""What fills do to quantities and money: exact decimals, rounded once, half to even."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
PIECE = Decimal("0.000000001")
# A quantity (20 digits) times a price (20 digits) fits exactly, with room for sums.
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_UP = Context(prec=80, rounding=ROUND_CEILING)


class CrossesZero(ValueError):
    """A cash account sells no more than it holds."""


@dataclass(frozen=True)
class Holding:
    """Pieces held, and what all of them cost."""

    qty: Decimal = ZERO
    cost_basis: Decimal = ZERO


@dataclass(frozen=True)
class Sale:
    """What a sale leaves, what the sold pieces had cost, and the gain or loss it makes real."""

    holding: Holding
    cost: Decimal
    realized: Decimal


def exact_value(qty: Decimal, price: Decimal) -> Decimal:
    return EXACT.multiply(qty, price)


def cents(value: Decimal) -> Decimal:
    return EXACT.quantize(value, CENT)


def cents_up(value: Decimal) -> Decimal:
    return _UP.quantize(value, CENT)


def bought(holding: Holding, qty: Decimal, amount: Decimal) -> Holding:
    return Holding(EXACT.add(holding.qty, qty), EXACT.add(holding.cost_basis, amount))


def sold(holding: Holding, qty: Decimal, amount: Decimal) -> Sale:
    """Take pieces out at their average cost; the last piece takes whatever cost remains.

    Raises:
        CrossesZero: there are not that many.
    """
    if qty > holding.qty:
        raise CrossesZero(f"{qty} to sell of {holding.qty}")
    if qty == holding.qty:
        cost = holding.cost_basis
    else:
        cost = cents(EXACT.divide(EXACT.multiply(holding.cost_basis, qty), holding.qty))
    left = Holding(EXACT.subtract(holding.qty, qty), EXACT.subtract(holding.cost_basis, cost))
    return Sale(left, cost, EXACT.subtract(amount, cost))


def still_reserved(reserved: Decimal, leaves_before: Decimal, leaves_after: Decimal) -> Decimal:
    """How much of a reservation of money stays for what an order leaves, rounded up."""
    if leaves_after <= ZERO:
        return ZERO
    share = _UP.divide(_UP.multiply(reserved, leaves_after), leaves_before)
    return min(reserved, cents_up(share))


def average(value: Decimal, qty: Decimal, decimals: int = 8) -> Decimal:
    return EXACT.quantize(EXACT.divide(value, qty), Decimal(1).scaleb(-decimals))
