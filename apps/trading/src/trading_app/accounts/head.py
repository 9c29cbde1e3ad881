"""An account's head: how far its books have come. Whoever changes an account moves it to its next version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from trading_app.rows import Row


@dataclass(eq=False)
class Head:
    """What an account's next change is numbered by and sealed to.

    Args:
        version: the one that was read.
        at: when it changes.
    """

    id: UUID
    version: int
    audit_sequence: int
    audit_hash: bytes | None
    execution_sequence: int
    open_orders: int
    at: datetime

    @classmethod
    def of(cls, row: Row, at: datetime) -> Self:
        """Read it from a row that has the columns `trading_app.joins.HEAD`."""
        return cls(
            row["account_id"],
            row["account_version"],
            row["audit_sequence"],
            row["audit_hash"],
            row["execution_sequence"],
            row["open_orders"],
            at,
        )

    def moved(self) -> dict[str, Any]:
        """Give the row of the next version."""
        return {
            "id": self.id,
            "version": self.version + 1,
            "audit_sequence": self.audit_sequence,
            "audit_hash": self.audit_hash,
            "execution_sequence": self.execution_sequence,
            "open_orders": self.open_orders,
            "updated_at": self.at,
        }
