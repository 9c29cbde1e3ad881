"""What a change of orders works on: each account's head and books, and everything that is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trading_app.accounts.head import Head
from trading_app.books import service as books
from trading_app.books.ledger import Ledger
from trading_app.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from trading_app.rows import Row


@dataclass(frozen=True)
class Desk:
    """One account's.

    Args:
        changes: shared by all desks of a transaction.
    """

    head: Head
    ledger: Ledger
    changes: Changes


class Desks:
    """The desks of every account that one transaction changes."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.changes = Changes()
        self._of: dict[UUID, Desk] = {}

    def take_in(self, rows: Iterable[Row]) -> None:
        """Set up desks from rows that were read with an account's head and books."""
        for row in rows:
            books.take_in(self._desk(row).ledger, row)

    def __getitem__(self, account_id: UUID) -> Desk:
        return self._of[account_id]

    def collect(self) -> Changes:
        """Give all that is to be written, the books included."""
        for desk in self._of.values():
            books.write(self.changes, desk.ledger)
        return self.changes

    def _desk(self, row: Row) -> Desk:
        account_id = row["account_id"]
        if account_id not in self._of:
            ledger = Ledger(account_id, {}, self.at, ())
            self._of[account_id] = Desk(Head.of(row, self.at), ledger, self.changes)
        return self._of[account_id]
