"""Column types, columns and keys that several tables share."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Numeric, Uuid

if TYPE_CHECKING:
    from sqlalchemy import Table

CASH = Numeric(20, 2)
QUANTITY = Numeric(20, 9)
PRICE = Numeric(20, 8)
# A quantity times a price, not rounded.
EXACT_VALUE = Numeric(38, 17)
# Holds whatever CASH and whatever QUANTITY holds: the ledger counts in both.
AMOUNT = Numeric(27, 9)


def too_large_for(kind: Numeric[Decimal]) -> Decimal:
    """The smallest number that a column of a kind cannot hold."""
    return Decimal(10) ** ((kind.precision or 0) - (kind.scale or 0))


def account_id() -> Column[Any]:
    """The first column of every per-account table's primary key, and what a cluster distributes by."""
    return Column(
        "account_id",
        Uuid,
        ForeignKey("trading.accounts.id", ondelete="RESTRICT"),
        primary_key=True,
        comment="The trading account that the row belongs to",
    )


def implied_account_id() -> Column[Any]:
    """As account_id, where another key of the row already leads to the account: one check less at every insert."""
    return Column("account_id", Uuid, primary_key=True, comment="The trading account that the row belongs to")


def within_account(table: Table, *columns: str, to: tuple[str, ...] = ("id",)) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the account."""
    return ForeignKeyConstraint(
        ["account_id", *columns], [table.c[name] for name in ("account_id", *to)], ondelete="RESTRICT"
    )
