from __future__ import annotations

from typing import TYPE_CHECKING

from servicekit.problems import NotFound

if TYPE_CHECKING:
    from decimal import Decimal

    from trading_app.tables.enumerations import LedgerKind


class LedgerAccountNotFound(NotFound):
    """ledger account not found"""


class BelowFloor(Exception):
    """The books refuse to give what is not there or is promised to somebody else."""

    def __init__(self, kind: LedgerKind, *, wanted: Decimal, available: Decimal) -> None:
        super().__init__(f"{kind}: {wanted} wanted, {available} available")
        self.kind = kind
        self.wanted = wanted
        self.available = available
