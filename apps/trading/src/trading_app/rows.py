"""Rows as mappings: how every `queries` module reads.

`rows` and `row` run a prepared statement through psycopg, for what is asked all the time; the others run whatever
SQLAlchemy can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection
    from servicekit.statements import Prepared

Row = Mapping[str, Any]


async def rows(connection: Connection, statement: Prepared, **parameters: object) -> list[Row]:
    return list(await (await statement.run(connection, parameters)).fetchall())


async def row(connection: Connection, statement: Prepared, **parameters: object) -> Row | None:
    found = await rows(connection, statement, **parameters)
    return found[0] if found else None


async def every_row(connection: AsyncConnection, query: Executable) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def one_row(connection: AsyncConnection, query: Executable) -> Row:
    return dict((await connection.execute(query)).mappings().one())


async def maybe_row(connection: AsyncConnection, query: Executable) -> Row | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)
