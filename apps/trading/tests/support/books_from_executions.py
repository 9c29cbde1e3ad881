"""What executions alone say of an account, worked out anew and held against its books.

Nothing here is the service's: the arithmetic is that of fractions, and the rules are those of docs/adr/0030.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from rules_of_the_books import every_rule, sizes_that_were_displayed
from written_books import ZERO, Books, Findings, Row, read

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    import psycopg


def cents(value: Fraction) -> Fraction:
    """Round to cents, half to even."""
    return Fraction(round(value * 100), 100)


def violations(connection: psycopg.Connection[Row], accounts: Collection[UUID]) -> list[str]:
    """Say all that is wrong with accounts, and with what they traded together.

    Args:
        connection: a superuser's, not in a transaction.
        accounts: all that trade the same instruments.
    """
    found = read(connection, accounts)
    told = [f"{len(found)} of {len(accounts)} accounts are there"] if len(found) != len(accounts) else []
    for books in found:
        findings = Findings()
        _compare(books, rebuilt(books, findings), findings)
        every_rule(books, findings)
        told += [f"account {books.account['number']}: {what}" for what in findings.told]
    together = Findings()
    sizes_that_were_displayed(found, together)
    return told + together.told


@dataclass
class Holding:
    """Pieces of one instrument, what all of them cost, and what selling others brought."""

    qty: Fraction = ZERO
    cost: Fraction = ZERO
    profit: Fraction = ZERO
    fills: int = 0


@dataclass
class Rebuilt:
    """An account as its executions leave it.

    Args:
        funded: cash that came and went without a trade.
        cash: with what was traded.
    """

    funded: Fraction
    cash: Fraction
    holdings: defaultdict[UUID, Holding] = field(default_factory=lambda: defaultdict(Holding))

    def fill(self, execution: Row, findings: Findings) -> None:
        held, qty = self.holdings[execution["instrument_id"]], execution["qty"]
        amount, profit = cents(qty * execution["price"]), ZERO
        name = f"execution {execution['sequence']}"
        findings.differ(f"amount of {name}", execution["amount"], amount)
        if execution["side"] == "buy":
            self.cash -= amount
            held.qty, held.cost = held.qty + qty, held.cost + amount
        else:
            findings.refuse(f"{name} sells more than is held", when=qty > held.qty)
            cost = held.cost if qty >= held.qty else cents(held.cost * qty / held.qty)
            profit = amount - cost
            self.cash += amount
            held.qty, held.cost, held.profit = held.qty - qty, held.cost - cost, held.profit + profit
        self.cash -= execution["fee"]
        held.fills += 1
        findings.differ(f"profit of {name}", execution["realized_profit"], profit)


def rebuilt(books: Books, findings: Findings) -> Rebuilt:
    """Work out an account from its executions, and from the money that was brought or taken away.

    Args:
        books: where its executions are.
        findings: told of executions that are wrong in themselves.
    """
    funded: Fraction = books.account["opening_cash"]
    for transfer in books.tables["ledger_transfers"]:
        if transfer["reason"] in {"deposit", "withdrawal"}:
            funded += transfer["amount"] * (1 if transfer["reason"] == "deposit" else -1)
    found = Rebuilt(funded, funded)
    executions = books.tables["executions"]
    findings.differ(
        "sequence of executions", [row["sequence"] for row in executions], [*range(1, len(executions) + 1)]
    )
    findings.differ("last execution", books.account["execution_sequence"], len(executions))
    for execution in executions:
        found.fill(execution, findings)
    return found


def _compare(books: Books, found: Rebuilt, findings: Findings) -> None:
    positions = {row["instrument_id"]: row for row in books.tables["positions"]}
    findings.differ("instruments of positions", set(positions), set(found.holdings))
    for instrument, row in positions.items():
        held = found.holdings[instrument]
        findings.differ("position's qty", row["qty"], held.qty)
        findings.differ("position's cost", row["cost_basis"], held.cost)
        findings.differ("position's profit", row["realized_profit"], held.profit)
        findings.differ("position's fills", row["version"], held.fills)
        findings.differ("position is closed", row["closed_at"] is not None, held.qty == 0)
    of_money = {
        "cash": found.cash,
        "funding": -found.funded,
        "realized_profit": -sum(held.profit for held in found.holdings.values()),
    }
    for row in books.tables["ledger_accounts"]:
        held = found.holdings[row["instrument_id"]] if row["instrument_id"] else Holding()
        expected = {"securities": held.cost, "shares": held.qty, "market": -held.qty}
        findings.differ(
            f"balance of {row['kind']} {row['unit']}",
            row["balance"],
            (of_money | expected).get(row["kind"], ZERO),
        )
