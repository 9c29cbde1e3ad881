from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Text, bindparam, case, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert

from servicekit.statements import prepared
from trading_app.given_rows import given_rows
from trading_app.rows import Row, every_row, one_row
from trading_app.tables import instruments, quotes, replays

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, TableValuedAlias
    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Database
    from trading_app.market_data.recordings import Position

_MATCHED = prepared(
    select(quotes.c.matched_version).where(quotes.c.instrument_id == bindparam("instrument_id"))
)
CHANNEL = "trading_quotes"
_BOOK = ("bid_price", "bid_size", "ask_price", "ask_size")
_TRADE = ("last_price", "last_size", "last_traded_at")
_CLOSE = ("previous_close", "previous_close_on")
_GIVEN = {
    **{name: quotes.c[name].type for name in ("instrument_id", "quoted_at", *_BOOK, *_TRADE, *_CLOSE)},
    "accepted": BigInteger(),
    "has_book": Boolean(),
}


async def ids_of(connection: AsyncConnection, symbols: Iterable[str] | None = None) -> dict[str, UUID]:
    """By symbol: of some instruments, or of all."""
    i = instruments.c
    query = select(i.symbol, i.id)
    if symbols is not None:
        query = query.where(i.symbol == func.any(list(symbols)))
    return {row["symbol"]: row["id"] for row in await every_row(connection, query)}


async def add_unquoted(connection: AsyncConnection, ids: Sequence[UUID], since: datetime) -> None:
    """Give instruments without a row one that knows nothing, so that there is something to lock.

    In ascending order, as every lock on quotes: batches may wait for each other, never in a circle.
    """
    known = select(quotes.c.instrument_id).where(quotes.c.instrument_id == func.any(list(ids)))
    missing = sorted(set(ids).difference((await connection.execute(known)).scalars()))
    if missing:
        rows = [{"instrument_id": i, "quoted_at": since, "version": 0} for i in missing]
        given = given_rows({name: quotes.c[name].type for name in rows[0]}, rows)
        new = insert(quotes).from_select(list(rows[0]), select(*given.c).order_by(given.c.instrument_id))
        await connection.execute(new.on_conflict_do_nothing())


async def lock(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Row]:
    q = quotes.c
    query = select(q.instrument_id, q.quoted_at, q.last_price, q.last_size, q.last_traded_at)
    return await every_row(
        connection,
        query.where(q.instrument_id == func.any(list(ids)))
        .order_by(q.instrument_id)
        .with_for_update(key_share=True),
    )


async def write(connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
    """Write the changes and tell the workers, in one statement; gives the new versions."""
    given = given_rows(_GIVEN, rows)
    written = (
        update(quotes)
        .where(quotes.c.instrument_id == given.c.instrument_id)
        .values(_new_values(given))
        .returning(quotes.c.instrument_id, quotes.c.version)
        .cte("written")
    )
    told = func.pg_notify(CHANNEL, cast(written.c.instrument_id, Text))
    return await every_row(connection, select(written.c.instrument_id, written.c.version, told.label("told")))


def _new_values(given: TableValuedAlias) -> dict[str, ColumnElement[Any]]:
    def where(condition: ColumnElement[bool], names: Iterable[str]) -> dict[str, ColumnElement[Any]]:
        return {name: case((condition, given.c[name]), else_=quotes.c[name]) for name in names}

    taken = {name: case((given.c.has_book, 0), else_=quotes.c[name]) for name in ("bid_taken", "ask_taken")}
    return {
        "quoted_at": given.c.quoted_at,
        "version": quotes.c.version + given.c.accepted,
        **where(given.c.has_book, _BOOK),
        **taken,
        **where(given.c.last_price.is_not(None), _TRADE),
        **where(given.c.previous_close.is_not(None), _CLOSE),
    }


async def matched_version(database: Database, instrument_id: UUID) -> int:
    row = await database.fetch_one(_MATCHED, {"instrument_id": instrument_id})
    return -1 if row is None else int(row["matched_version"])


async def begin_replay(
    connection: AsyncConnection, fingerprint: str, *, name: str, start: Position, restart: bool
) -> Row:
    """Where to go on: where the last replay of this file stopped, or its start."""
    beginning = {"line": start.line, "byte_offset": start.offset, "finished_at": None}
    statement = insert(replays).values(fingerprint=fingerprint, name=name, **beginning)
    statement = statement.on_conflict_do_update(
        index_elements=[replays.c.fingerprint], set_={"name": name, **(beginning if restart else {})}
    )
    return await one_row(connection, statement.returning(replays))


async def move_replay(
    connection: AsyncConnection, fingerprint: str, *, since: Position, to: Position, end: bool
) -> bool:
    """False if the replay is not where this one left it."""
    moved = await connection.execute(
        update(replays)
        .where(replays.c.fingerprint == fingerprint, replays.c.byte_offset == since.offset)
        .values(line=to.line, byte_offset=to.offset, finished_at=func.now() if end else None)
    )
    return moved.rowcount == 1
