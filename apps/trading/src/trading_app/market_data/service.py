from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trading_app.market_data import queries
from trading_app.market_data.errors import UnknownSymbols
from trading_app.market_data.folding import Change, Known, exchange_day, fold
from trading_app.market_data.updates import Trade, Update

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row

_BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Taken:
    """What became of a batch, and the version of each instrument that it changed."""

    accepted: int
    duplicates: int
    outdated: int
    versions: dict[UUID, int] = field(default_factory=dict)


async def instruments_of(connection: AsyncConnection, updates: Sequence[Update]) -> dict[str, UUID]:
    """Raises UnknownSymbols."""
    symbols = {update.symbol for update in updates}
    ids = await queries.ids_of(connection, symbols)
    if len(ids) < len(symbols):
        raise UnknownSymbols(symbols - ids.keys())
    return ids


async def take_in(connection: AsyncConnection, updates: Sequence[Update], ids: dict[str, UUID]) -> Taken:
    """Move the quotes forward and tell the workers, when the transaction commits.

    A message at a time that is known already is a duplicate, an earlier one is outdated: neither changes
    anything, so a batch may be sent again.
    """
    of_instrument: defaultdict[UUID, list[Update]] = defaultdict(list)
    for update in updates:
        of_instrument[ids[update.symbol]].append(update)
    await queries.add_unquoted(connection, list(of_instrument), _BEFORE_EVERYTHING)
    changes = {
        row["instrument_id"]: fold(_known(row), of_instrument[row["instrument_id"]])
        for row in await queries.lock(connection, list(of_instrument))
    }
    rows = [_row(instrument_id, change) for instrument_id, change in changes.items() if change.accepted]
    written = await queries.write(connection, rows) if rows else []
    return Taken(
        accepted=sum(change.accepted for change in changes.values()),
        duplicates=sum(change.duplicates for change in changes.values()),
        outdated=sum(change.outdated for change in changes.values()),
        versions={row["instrument_id"]: row["version"] for row in written},
    )


def _known(row: Row) -> Known:
    price = row["last_price"]
    trade = None if price is None else Trade(price, row["last_size"], row["last_traded_at"])
    return Known(row["quoted_at"], trade)


def _row(instrument_id: UUID, change: Change) -> Row:
    book, trade, close = change.book, change.trade, change.close
    return {
        "instrument_id": instrument_id,
        "quoted_at": change.at,
        "accepted": change.accepted,
        "has_book": book is not None,
        "bid_price": book and book.bid_price,
        "bid_size": book and book.bid_size,
        "ask_price": book and book.ask_price,
        "ask_size": book and book.ask_size,
        "last_price": trade and trade.price,
        "last_size": trade and trade.size,
        "last_traded_at": trade and trade.at,
        "previous_close": close and close.price,
        "previous_close_on": close and exchange_day(close.at),
    }
