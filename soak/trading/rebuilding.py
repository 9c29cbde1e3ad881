"""Positions and balances from executions alone, by arithmetic that knows nothing of the service's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    import psycopg

DIGITS = 100
"""So many digits are computed with; a quantity times a price has forty."""

_CENT = Decimal("0.01")
_EXECUTIONS = """
    SELECT id, instrument_id, side, qty, price, amount, fee, realized_profit FROM trading.executions
    WHERE account_id = %s ORDER BY sequence
"""
_POSITIONS = """
    SELECT instrument_id, qty, cost_basis, realized_profit, version FROM trading.positions WHERE account_id = %s
"""
_BALANCES = "SELECT kind, instrument_id, balance FROM trading.ledger_accounts WHERE account_id = %s"


@dataclass
class Holding:
    """What is held of an instrument: pieces, what they cost, what earlier ones earned, and how many fills made it."""

    qty: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)
    fills: int = 0


@dataclass
class Rebuilt:
    """An account as its executions make it.

    Args:
        cash: what it was opened with, then what trades left of it.
    """

    cash: Decimal
    holdings: defaultdict[UUID, Holding] = field(default_factory=lambda: defaultdict(Holding))
    wrong: list[str] = field(default_factory=list)

    def take(self, executions: Iterable[tuple[Any, ...]]) -> None:
        """Trade again.

        Args:
            executions: in their order.
        """
        for name, instrument, side, qty, price, amount, fee, profit in executions:
            held = self.holdings[instrument]
            worth = _cents(qty * price)
            cost = Decimal(0)
            if side == "buy":
                held.qty, held.cost, self.cash = held.qty + qty, held.cost + worth, self.cash - worth
            else:
                cost = (
                    held.cost if qty == held.qty else _cents(held.cost * qty / held.qty) if held.qty else cost
                )
                held.qty, held.cost, self.cash = held.qty - qty, held.cost - cost, self.cash + worth
            earned = worth - cost if side == "sell" else Decimal(0)
            held.profit += earned
            held.fills += 1
            self.cash -= fee
            self._compare(f"execution {name}", (amount, profit), (worth, earned))
            if held.qty < 0 or self.cash < 0:
                self.wrong.append(f"execution {name} left {held.qty} pieces and {self.cash} of cash")

    def hold_against(
        self, positions: Iterable[tuple[Any, ...]], balances: Iterable[tuple[Any, ...]], opening: Decimal
    ) -> None:
        """Compare the books with what was rebuilt.

        Args:
            positions: the table's rows.
            balances: of every ledger account.
            opening: what the account was opened with.
        """
        kept = {row[0]: row[1:] for row in positions}
        for instrument in kept.keys() | self.holdings.keys():
            held = self.holdings[instrument]
            found = kept.get(instrument, (0, 0, 0, 0))
            self._compare(f"position {instrument}", found, (held.qty, held.cost, held.profit, held.fills))
        expected: defaultdict[tuple[str, UUID | None], Decimal] = defaultdict(Decimal)
        expected["cash", None], expected["funding", None] = self.cash, -opening
        expected["realized_profit", None] = -sum((held.profit for held in self.holdings.values()), Decimal(0))
        for instrument, held in self.holdings.items():
            expected["securities", instrument] = held.cost
            expected["shares", instrument], expected["market", instrument] = held.qty, -held.qty
        books = {(kind, instrument): balance for kind, instrument, balance in balances}
        for kind, instrument in expected.keys() | books.keys():
            balance = books.get((kind, instrument), Decimal(0))
            self._compare(f"{kind} {instrument or ''}".strip(), balance, expected[kind, instrument])

    def _compare(self, what: str, books: object, rebuilt: object) -> None:
        if books != rebuilt:
            self.wrong.append(f"{what}: the books say {books}, executions {rebuilt}")


def differences(connection: psycopg.Connection[Any]) -> list[str]:
    """Rebuild every account and hold its books against that.

    Args:
        connection: whose transaction sees one moment.

    Returns:
        A sentence for each number that differs.
    """
    found = []
    accounts = connection.execute("SELECT id, opening_cash FROM trading.accounts ORDER BY number").fetchall()
    with localcontext() as context:
        context.prec = DIGITS
        for account_id, opening in accounts:
            rebuilt = Rebuilt(opening)
            rebuilt.take(connection.execute(_EXECUTIONS, [account_id]).fetchall())
            positions = connection.execute(_POSITIONS, [account_id]).fetchall()
            rebuilt.hold_against(positions, connection.execute(_BALANCES, [account_id]).fetchall(), opening)
            found += [f"account {account_id}: {wrong}" for wrong in rebuilt.wrong]
    return found


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_EVEN)
