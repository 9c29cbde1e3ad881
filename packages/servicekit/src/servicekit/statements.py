"""SQLAlchemy statements compiled once, for the hot paths that speak psycopg directly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import AsyncRawCursor
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection
    from sqlalchemy import Dialect, Select

# Postgres's own placeholders: psycopg would look for its own in the text at every execution
_DIALECT: Dialect = psycopg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy has not typed it


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as Postgres takes it.

    Args:
        text: with `$1`, `$2` … for its parameters.
        names: of the parameters, in that order.
    """

    text: LiteralString
    names: tuple[str, ...]

    async def run(
        self, connection: AsyncConnection[Any], parameters: Mapping[str, Any]
    ) -> AsyncRawCursor[dict[str, Any]]:
        """Run it, as a prepared statement of the connection.

        Args:
            connection: whose transaction it is in, if it is in one.
            parameters: the values by name.

        Returns:
            A cursor that gives the rows by column label.
        """
        return await run(connection, self.text, [parameters[name] for name in self.names])


async def run(
    connection: AsyncConnection[Any], text: LiteralString, values: Sequence[Any]
) -> AsyncRawCursor[dict[str, Any]]:
    """Run a text as a prepared statement.

    Args:
        connection: whose transaction it is in, if it is in one.
        text: with `$1`, `$2` … for the values.
        values: in that order.

    Returns:
        A cursor that gives the rows by column label.
    """
    cursor = AsyncRawCursor(connection, row_factory=dict_row)
    await cursor.execute(text, values, prepare=True)
    return cursor


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
    return Prepared(str(compiled), tuple(compiled.positiontup or ()))
