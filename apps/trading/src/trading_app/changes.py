"""What a transaction writes: collected in memory, sent as one statement, so in one round trip and all or nothing.

The statement begins by moving the accounts that it is about to their next version. Where somebody else has done so
since an account was read, nothing of that account is written, and `write` says so: optimistic concurrency control,
which needs no transaction to be held open while Python decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy.dialects.postgresql import psycopg

from trading_app.tables import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from sqlalchemy import Table

    from servicekit.database import Connection
    from trading_app.accounts.head import Head
    from trading_app.rows import Row

_DIALECT: Any = psycopg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it
_HEAD = ("id", "version", "audit_sequence", "audit_hash", "execution_sequence", "open_orders", "updated_at")


class NotHeld(RuntimeError):
    """An account was changed by somebody else while a transaction should have had it for itself."""


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows that one clause of the statement writes: of one table, with the same columns.

    Args:
        key: what an existing row is found by; empty for rows that are new.
        new: whether a row that is not found is inserted.
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    new: bool = True


# One object for each, so that finding it and its statement again costs next to nothing.
_part = lru_cache(maxsize=1024)(_Part)


@dataclass
class Changes:
    """Rows to insert and to update. Every row of a per-account table has the account_id of a head that moves."""

    _heads: dict[UUID, Head] = field(default_factory=dict)
    _parts: dict[_Part, list[Row]] = field(default_factory=dict)

    @property
    def account_ids(self) -> list[UUID]:
        return list(self._heads)

    def move(self, head: Head) -> None:
        """Move an account to its next version, with all rows of it."""
        self._heads[head.id] = head

    def insert(self, table: Table, row: Row) -> None:
        """Write a new row."""
        self._parts.setdefault(_part(table, tuple(row)), []).append(row)

    def update(self, table: Table, row: Row, *key: str) -> None:
        """Change the row that is found by its key."""
        self._parts.setdefault(_part(table, tuple(row), key, new=False), []).append(row)

    def upsert(self, table: Table, row: Row, *key: str) -> None:
        """Change the row that is found by its key, or write a new one."""
        self._parts.setdefault(_part(table, tuple(row), key), []).append(row)

    async def write(self, connection: Connection) -> bool:
        """Send everything.

        Returns:
            Whether every account was still as it was read. What is false of an account was not written at all.
        """
        if not (self._heads or self._parts):
            return True
        heads = [head.moved() for head in self._heads.values()]
        given: list[tuple[_Part, Sequence[Row]]] = [(_part(accounts, _HEAD), heads), *self._parts.items()]
        text = _statement(tuple((part, len(rows) == 1) for part, rows in given))
        values = [value for _, rows in given for value in _values(rows)]
        statement = connection.statement(text)
        await statement.run(values)
        return statement.rowcount == len(heads)

    async def write_held(self, connection: Connection) -> None:
        """Send everything in a transaction that has locked the accounts.

        Raises:
            NotHeld: it has not, and somebody else was there.
        """
        if not await self.write(connection):
            raise NotHeld


def _values(rows: Sequence[Row]) -> list[Any]:
    """A single row's values as parameters of their own, which Postgres reads fastest; several rows as one text."""
    if len(rows) > 1:
        return [orjson.dumps(rows, default=_text).decode()]
    return [orjson.dumps(value).decode() if isinstance(value, dict) else value for value in rows[0].values()]


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"a column cannot hold {value!r}")


@lru_cache(maxsize=256)
def _statement(parts: tuple[tuple[_Part, bool], ...]) -> bytes:
    """Write the statement for parts with one row each, or with any number."""
    numbers = count(1)
    given = [_given(part, single, numbers) for part, single in parts]
    clauses = [
        f"part_{number} AS ({_clause(part, rows)})"
        for number, ((part, _), rows) in enumerate(zip(parts[1:], given[1:], strict=True))
    ]
    return f"WITH {', '.join((_moved(given[0]), *clauses))} SELECT id FROM moved".encode()


def _given(part: _Part, single: bool, numbers: Iterator[int]) -> str:  # noqa: FBT001  the one thing it is about
    """The rows of a part, as a table named `given`."""
    types = [f"{name} {part.table.c[name].type.compile(_DIALECT)}" for name in part.columns]
    if not single:
        # one text, so that the statement is the same for any number of rows
        return f"json_to_recordset(${next(numbers)}::json) AS given ({', '.join(types)})"
    values = [f"${next(numbers)}::{kind.partition(' ')[2]} AS {kind.partition(' ')[0]}" for kind in types]
    return f"(SELECT {', '.join(values)}) AS given"


def _moved(given: str) -> str:
    """Compare and set: it waits for whoever is at the same account, and then sees that its version is another."""
    sets = ", ".join(f"{name} = given.{name}" for name in _HEAD[1:])
    return (
        f"moved AS (UPDATE {accounts.fullname} AS target SET {sets} FROM {given}"
        " WHERE target.id = given.id AND target.version = given.version - 1 RETURNING target.id)"
    )


def _clause(part: _Part, given: str) -> str:
    of_account = "account_id" in part.table.c
    if part.new:
        names = ", ".join(part.columns)
        values = ", ".join(f"given.{name}" for name in part.columns)
        joined = " JOIN moved ON moved.id = given.account_id" if of_account else ""
        conflict = _on_conflict(part)
        return f"INSERT INTO {part.table.fullname} ({names}) SELECT {values} FROM {given}{joined}{conflict}"
    sets = ", ".join(f"{name} = given.{name}" for name in part.columns if name not in part.key)
    found = [f"target.{name} = given.{name}" for name in part.key]
    source = f"{given}, moved" if of_account else given
    where = " AND ".join([*found, "moved.id = given.account_id"] if of_account else found)
    return f"UPDATE {part.table.fullname} AS target SET {sets} FROM {source} WHERE {where}"


def _on_conflict(part: _Part) -> str:
    if not part.key:
        return ""
    sets = ", ".join(f"{name} = excluded.{name}" for name in part.columns if name not in part.key)
    return f" ON CONFLICT ({', '.join(part.key)}) DO UPDATE SET {sets}"
