"""References: the tables of other apps that an app reads or points at, and exactly which of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, MetaData, Table


@dataclass(frozen=True)
class ReferencedTable:
    """One table of another app.

    Args:
        app: the owner's name.
        table: it, with the declared columns only.
    """

    app: str
    table: Table

    @property
    def schema(self) -> str:
        """The owner's schema."""
        return self.table.schema or "public"

    @property
    def name(self) -> str:
        """The table's name without its schema."""
        return self.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The declared columns' names."""
        return tuple(column.name for column in self.table.columns)


class References:
    """What one app declares to use of others; what is declared is exactly what Postgres allows.

    The tables live in a MetaData of their own, so that neither `create_all` nor autogenerate can emit DDL for them,
    while `ForeignKey(user.c.id)` and the ORM use them like any other.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.metadata = MetaData()
        self.tables: list[ReferencedTable] = []

    def __iter__(self) -> Iterator[ReferencedTable]:
        """In the order of declaration."""
        return iter(self.tables)

    def table(self, app: str, name: str, *columns: Column[object], schema: str | None = None) -> Table:
        """Declare a table of another app.

        Args:
            app: the owner's name.
            name: the table's name.
            *columns: the columns that are used, with their types.
            schema: the owner's schema, if it is not named like the app.

        Returns:
            The table, for foreign keys and queries.
        """
        table = Table(name, self.metadata, *columns, schema=schema or app)
        self.tables.append(ReferencedTable(app, table))
        return table
