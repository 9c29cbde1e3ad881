"""SQLAlchemy statements compiled once, for the hot paths that speak psycopg directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import AsyncRawCursor
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection, AsyncCursor
    from psycopg.rows import RowMaker
    from sqlalchemy import Dialect, Select

    from servicekit.database import Connection

# Postgres's own placeholders: psycopg would look for its own in the text at every execution
_DIALECT: Dialect = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it


class StatementCursor(AsyncRawCursor[dict[str, Any]]):
    """A prepared statement of one connection: a cursor that is used again knows how its types are written and read.

    Args:
        connection: whose transaction it is in, if it is in one. It runs one thing at a time, so that what a statement gave
            is fetched before it is run again.
        text: with `$1`, `$2` … for the values.
    """

    def __init__(self, connection: AsyncConnection[Any], text: bytes) -> None:
        super().__init__(connection, row_factory=self._by_label)
        self._text = text
        self._labels: tuple[str, ...] = ()  # of the columns, once it was run: they never change

    async def run(self, values: Sequence[Any]) -> None:
        """Run it.

        Args:
            values: in the order of their numbers.
        """
        # always the same object as text: a cursor forgets what it learned from another
        await self.execute(self._text, values, prepare=True)

    def _by_label(self, cursor: AsyncCursor[Any]) -> RowMaker[dict[str, Any]]:
        if not self._labels:
            if not cursor.description:
                return dict_row(cursor)
            self._labels = tuple(column.name for column in cursor.description)
        labels = self._labels
        return lambda values: dict(zip(labels, values, strict=True))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as Postgres takes it.

    Args:
        text: with `$1`, `$2` … for its parameters.
        names: of the parameters, in that order.
    """

    text: bytes
    names: tuple[str, ...]

    async def run(self, connection: Connection, parameters: Mapping[str, Any]) -> StatementCursor:
        """Run it, as a prepared statement of the connection.

        Args:
            connection: whose transaction it is in, if it is in one.
            parameters: the values by name.

        Returns:
            A cursor that gives the rows by column label, until the connection runs this statement again.
        """
        statement = connection.statement(self.text)
        await statement.run([parameters[name] for name in self.names])
        return statement


def prepared(statement: Select[Any]) -> Prepared:
    """Compile a statement once.

    Args:
        statement: whose only parameters are `bindparam`s without a value: a value would be lost here.

    Raises:
        ValueError: it holds a value.
    """
    compiled = statement.compile(dialect=_DIALECT)
    values = {name: value for name, value in compiled.params.items() if value is not None}
    if values:
        raise ValueError(f"the statement holds values: {', '.join(values)}; use bindparam or literal_column")
    return Prepared(str(compiled).encode(), tuple(compiled.positiontup or ()))
