from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Boolean, literal_column, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from trading_app.given_rows import given_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row


async def upsert(
    connection: AsyncConnection, table: Table, key: Sequence[str], rows: Sequence[Row], kept: Sequence[str]
) -> list[bool]:
    """Write all rows in one statement; give one flag per row that it wrote: whether the row is new.

    `kept` names columns that a row is given when it is new and that are never changed afterwards.
    """
    names = list(rows[0])
    given = given_rows({name: table.c[name].type for name in names}, rows)
    statement = insert(table).from_select(names, select(*given.c))
    changing = [name for name in names if name not in {*key, *kept}]
    old = tuple_(*(table.c[name] for name in changing))
    new = tuple_(*(statement.excluded[name] for name in changing))
    statement = statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: statement.excluded[name] for name in changing},
        where=old.is_distinct_from(new),
    )
    # xmax is zero in a row that no other row came before
    is_new = literal_column("xmax = 0", Boolean)
    return list((await connection.execute(statement.returning(is_new))).scalars())
