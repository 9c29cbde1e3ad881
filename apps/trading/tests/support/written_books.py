"""Trading accounts as the database has them at one moment, with every number an exact fraction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    import psycopg

Row = dict[str, Any]
ZERO = Fraction(0)
FINAL = {"filled", "canceled", "expired", "replaced", "rejected"}
_ORDER = {
    "orders": sql.SQL("id"),
    "order_events": sql.SQL("order_id, version"),
    "executions": sql.SQL("sequence"),
    "positions": sql.SQL("instrument_id"),
    "ledger_accounts": sql.SQL("kind, id"),
    "ledger_transfers": sql.SQL("id"),
    "ledger_entries": sql.SQL("ledger_account_id, version"),
    "audit_logs": sql.SQL("sequence"),
}
_SELECT = sql.SQL("SELECT * FROM {} WHERE account_id = ANY (%s) ORDER BY account_id, {}")


@dataclass(frozen=True)
class Books:
    """All that is written of one trading account.

    Args:
        account: its own row.
        tables: its rows of every other table, in the order in which they came to be.
    """

    account: Row
    tables: dict[str, list[Row]]

    def by_id(self, table: str) -> dict[UUID, Row]:
        return {row["id"]: row for row in self.tables[table]}

    def grouped(self, table: str, *columns: str) -> defaultdict[Any, list[Row]]:
        """Give a table's rows by a column's value, or by a tuple of several."""
        found: defaultdict[Any, list[Row]] = defaultdict(list)
        for row in self.tables[table]:
            key = tuple(row[column] for column in columns)
            found[key if len(columns) > 1 else key[0]].append(row)
        return found


@dataclass
class Findings:
    """What is wrong, in words."""

    told: list[str] = field(default_factory=list)

    def differ(self, what: str, found: object, expected: object) -> None:
        """Say that something is not what it must be, unless it is."""
        if found != expected:
            self.told.append(f"{what}: {_shown(found)}, not {_shown(expected)}")

    def refuse(self, what: str, *, when: bool) -> None:
        """Say that something is as it must never be, if it is."""
        if when:
            self.told.append(what)


def read(connection: psycopg.Connection[Row], accounts: Collection[UUID]) -> list[Books]:
    """Read accounts at one moment.

    Args:
        connection: a superuser's, not in a transaction.
        accounts: which ones.
    """
    keys = list(accounts)
    with connection.transaction(), connection.pipeline():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        heads = connection.execute(
            "SELECT * FROM trading.accounts WHERE id = ANY (%s) ORDER BY number", (keys,)
        )
        cursors = {
            table: connection.execute(_SELECT.format(sql.Identifier("trading", table), order), (keys,))
            for table, order in _ORDER.items()
        }
        books = {row["id"]: Books(_exact(row), {table: [] for table in _ORDER}) for row in heads}
        for table, cursor in cursors.items():
            for row in cursor:
                books[row["account_id"]].tables[table].append(_exact(row))
    return list(books.values())


def _exact(row: Row) -> Row:
    return {name: Fraction(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _shown(value: object) -> str:
    if isinstance(value, Fraction):
        return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return str(value)
