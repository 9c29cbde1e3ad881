"""What executions alone say an account holds: the same arithmetic, from nothing, fill by fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, ZERO, CrossesZero, Holding, bought, cents, exact_value, sold
from trading_app.tables.enumerations import Side
from trading_app.wire import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from trading_app.rows import Row


@dataclass(frozen=True)
class Difference:
    """Where books and executions disagree."""

    what: str
    subject: str
    books: str
    rebuilt: str


@dataclass
class Rebuilt:
    """An account as its executions leave it."""

    cash: Decimal = ZERO
    holdings: dict[UUID, Holding] = field(default_factory=dict)
    realized: dict[UUID, Decimal] = field(default_factory=dict)
    count: int = 0
    differences: list[Difference] = field(default_factory=list)

    def take(self, fills: Iterable[Row]) -> None:
        for row in fills:
            self._fill(row)

    def _fill(self, row: Row) -> None:
        self.count += 1
        name, instrument = str(row["id"]), row["instrument_id"]
        amount = cents(exact_value(row["qty"], row["price"]))
        self.compare("execution sequence", name, row["sequence"], self.count)
        self.compare("execution amount", name, row["amount"], amount)
        held = self.holdings.get(instrument, Holding())
        realized = ZERO
        if row["side"] == Side.BUY:
            self.holdings[instrument] = bought(held, row["qty"], amount)
            self.cash = EXACT.subtract(self.cash, amount)
        else:
            try:
                sale = sold(held, row["qty"], amount)
            except CrossesZero:
                self.compare("pieces sold", name, row["qty"], held.qty)
                return
            self.holdings[instrument], realized = sale.holding, sale.realized
            self.cash = EXACT.add(self.cash, amount)
        self.compare("execution profit", name, row["realized_profit"], realized)
        self.cash = EXACT.subtract(self.cash, row["fee"])
        self.realized[instrument] = EXACT.add(self.realized.get(instrument, ZERO), realized)

    def compare(self, what: str, subject: str, books: object, rebuilt: object) -> None:
        if books != rebuilt:
            self.differences.append(Difference(what, subject, _shown(books), _shown(rebuilt)))


def _shown(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)
