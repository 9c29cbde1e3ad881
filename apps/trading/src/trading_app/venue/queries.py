from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Numeric,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
)

from servicekit.statements import prepared
from trading_app.joins import session_of, with_session
from trading_app.rows import row, rows
from trading_app.tables import accounts, instruments, orders, quotes
from trading_app.tables.enumerations import Side
from trading_app.tables.orders import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import ColumnElement, Select

    from servicekit.database import Connection, Database
    from servicekit.statements import Prepared
    from trading_app.rows import Row

CHANNEL = "trading_quotes"
_EXPIRING = 0x7472_6164_6578_7069  # "tradexpi"

_INSTRUMENT = bindparam("instrument_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))
_REACHED = bindparam("reached", type_=DateTime(timezone=True))
_PRICE = bindparam("price", type_=Numeric())
_MOST = bindparam("most", type_=BigInteger())
_BY_TIME = (orders.c.submitted_at, orders.c.id)


class OrderKey(NamedTuple):
    account_id: UUID
    id: UUID


@dataclass(frozen=True)
class Trading:
    """Which orders of an instrument work now.

    Args:
        extended_only: outside the regular session only those that are for extended hours.
        reached: only what was submitted by then has reached the venue.
    """

    instrument_id: UUID
    extended_only: bool
    reached: datetime


_LATEST = prepared(select(func.max(quotes.c.quoted_at).label("at")))
_LOCKED_QUOTE = prepared(
    select(quotes, instruments.c.mic, instruments.c.lot_size, instruments.c.fractionable)
    .join(instruments, instruments.c.id == quotes.c.instrument_id)
    .where(quotes.c.instrument_id == _INSTRUMENT)
    .with_for_update(of=quotes, skip_locked=True)
)
_QUOTED = prepared(select(quotes.c.instrument_id).where(quotes.c.instrument_id == _INSTRUMENT))
_SESSION = prepared(
    with_session(
        select(instruments.c.mic).where(instruments.c.id == _INSTRUMENT),
        instruments.c.mic,
        _AT,
        literal_column("true"),
    )
)
_HELD_ACCOUNTS = prepared(
    select(accounts.c.id)
    .where(accounts.c.id == func.any(bindparam("account_ids", type_=ARRAY(Uuid()))))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)
_UNMATCHED = prepared(
    select(quotes.c.instrument_id)
    .where(text("matched_version < version"))
    .order_by(quotes.c.quoted_at, quotes.c.instrument_id)
)
_DUE = prepared(
    select(orders.c.account_id, orders.c.id)
    .where(orders.c.expires_at <= _AT, text(OPEN))
    .order_by(orders.c.expires_at, orders.c.account_id, orders.c.id)
    .limit(_MOST)
)


async def latest_quote_time(database: Database) -> datetime | None:
    found = await database.fetch_one(_LATEST, {})
    at: datetime | None = None if found is None else found["at"]
    return at


async def session(connection: Connection, instrument_id: UUID, at: datetime) -> Row:
    """Give the session of an instrument's exchange that is on or comes next, extended hours included."""
    (found,) = await rows(connection, _SESSION, instrument_id=instrument_id, at=at)
    return found


async def lock_quote(connection: Connection, instrument_id: UUID) -> Row | None:
    """Take an instrument's quote for this transaction; None while somebody else has it, or without a quote."""
    return await row(connection, _LOCKED_QUOTE, instrument_id=instrument_id)


async def has_quote(connection: Connection, instrument_id: UUID) -> bool:
    return await row(connection, _QUOTED, instrument_id=instrument_id) is not None


async def hold(connection: Connection, account_ids: Collection[UUID]) -> None:
    """Have some accounts for this transaction alone. In the order of their ids, lest two wait for each other."""
    await rows(connection, _HELD_ACCOUNTS, account_ids=list(account_ids))


_MARK = """
    UPDATE trading.quotes SET matched_version = %(version)s
    WHERE instrument_id = %(instrument_id)s AND matched_version < %(version)s
"""


async def mark_matched(connection: Connection, instrument_id: UUID, version: int) -> bool:
    """Note how far an instrument is matched; false if it was so already."""
    values = {"instrument_id": instrument_id, "version": version}
    return (await connection.execute(_MARK, values, prepare=True)).rowcount > 0


async def unmatched(connection: Connection) -> list[UUID]:
    return [found["instrument_id"] for found in await rows(connection, _UNMATCHED)]


def _open(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(orders.c.account_id, orders.c.id).where(text(OPEN), *conditions)


def _of_side(side: Side) -> ColumnElement[bool]:
    return orders.c.side == literal_column(f"'{side}'")


def _stopped(side: Side, price: ColumnElement[Any]) -> ColumnElement[bool]:
    """Sleeping stops of one side whose price is traded."""
    stop = orders.c.stop_price
    traded = stop <= price if side is Side.BUY else stop >= price
    return and_(text("triggered_at IS NULL AND stop_price IS NOT NULL"), _of_side(side), traded)


def _limits(side: Side, price: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Orders of one side that take any price, and those that take this one: apart, so that an index finds both."""
    limit = orders.c.limit_price
    return limit.is_(None), limit >= price if side is Side.BUY else limit <= price


def _awake(side: Side) -> ColumnElement[bool]:
    return and_(_of_side(side), or_(orders.c.stop_price.is_(None), orders.c.triggered_at.is_not(None)))


_THIS = orders.c.instrument_id == _INSTRUMENT
_ACCEPTED: ColumnElement[bool] = literal_column("status = 'accepted'")
_NOW_OR_NEVER: ColumnElement[bool] = literal_column("time_in_force IN ('ioc', 'fok')")


def _marketable(side: Side, *conditions: ColumnElement[bool]) -> Select[Any]:
    """In price-time order; an order without a limit takes any price, so it comes first."""
    columns = (orders.c.account_id, orders.c.id, orders.c.limit_price, orders.c.submitted_at)
    best = orders.c.limit_price.desc() if side is Side.BUY else orders.c.limit_price.asc()
    parts = [
        select(*columns)
        .where(text(OPEN), _THIS, _awake(side), limits, orders.c.submitted_at <= _REACHED, *conditions)
        .order_by(best.nulls_first(), *_BY_TIME)
        .limit(_MOST)
        .subquery()
        for limits in _limits(side, _PRICE)
    ]
    both = union_all(*(select(*part.c) for part in parts)).subquery("both")
    limit = both.c.limit_price.desc() if side is Side.BUY else both.c.limit_price.asc()
    return (
        select(both.c.account_id, both.c.id)
        .order_by(limit.nulls_first(), both.c.submitted_at, both.c.id)
        .limit(_MOST)
    )


def _both(make: Callable[..., Select[Any]]) -> dict[bool, Prepared]:
    """For every order, and for those alone that work in extended hours."""
    return {False: prepared(make()), True: prepared(make(orders.c.extended_hours))}


_ACCEPTED_ORDERS = _both(
    lambda *conditions: _open(_THIS, _ACCEPTED, *conditions).order_by(*_BY_TIME).limit(_MOST)
)
_TRIGGERED_ORDERS = _both(
    lambda *conditions: (
        _open(_THIS, or_(_stopped(Side.BUY, _PRICE), _stopped(Side.SELL, _PRICE)), *conditions)
        .order_by(*_BY_TIME)
        .limit(_MOST)
    )
)
_MARKETABLE_ORDERS = {side: _both(partial(_marketable, side)) for side in Side}
_IMMEDIATE_ORDERS = prepared(
    _open(_THIS, _NOW_OR_NEVER, orders.c.submitted_at <= _REACHED).order_by(*_BY_TIME).limit(_MOST)
)


def _with_work() -> Select[Any]:
    quote, this = quotes.c, orders.c.instrument_id == quotes.c.instrument_id
    session = session_of(instruments.c.mic, _AT, literal_column("true"))
    regular = and_(session.c.opens_at <= _AT, session.c.closes_at > _AT)
    on = func.coalesce(session.c.pre_market_opens_at, session.c.opens_at) <= _AT
    sides = ((Side.BUY, quote.ask_price, quote.ask_size > quote.ask_taken),
             (Side.SELL, quote.bid_price, quote.bid_size > quote.bid_taken))  # fmt: skip
    stops = [_open(this, _stopped(side, quote.last_price)).exists() for side in Side]
    fills = [
        and_(displayed, _open(this, _awake(side), limits).exists())
        for side, price, displayed in sides
        for limits in _limits(side, price)
    ]
    opening = _open(this, _ACCEPTED, or_(orders.c.extended_hours, regular)).exists()
    return (
        select(quote.instrument_id)
        .join(instruments, instruments.c.id == quote.instrument_id)
        .outerjoin(session, true())
        .where(
            or_(
                text("matched_version < quotes.version"),
                _open(this, _NOW_OR_NEVER).exists(),
                and_(on, or_(opening, *stops, *fills)),
            )
        )
        .order_by(quote.instrument_id)
    )


_WITH_WORK = prepared(_with_work())
_ANNOUNCE = prepared(
    select(
        func.pg_notify(
            literal_column(f"'{CHANNEL}'"),
            cast(func.unnest(bindparam("instrument_ids", type_=ARRAY(Uuid()))), Text),
        )
    )
)


async def with_work(connection: Connection, at: datetime) -> list[UUID]:
    """Find the instruments whose orders and quote make something possible: perhaps too many, never too few."""
    return [found["instrument_id"] for found in await rows(connection, _WITH_WORK, at=at)]


async def announce(connection: Connection, instrument_ids: Collection[UUID]) -> None:
    """Tell the workers that these instruments have work for them."""
    await rows(connection, _ANNOUNCE, instrument_ids=list(instrument_ids))


async def accepted(connection: Connection, trading: Trading, most: int) -> list[OrderKey]:
    """Find orders that came while the market was closed, now that it is open."""
    statement = _ACCEPTED_ORDERS[trading.extended_only]
    return _keys(await rows(connection, statement, instrument_id=trading.instrument_id, most=most))


async def triggered(
    connection: Connection, trading: Trading, last_price: Decimal, most: int
) -> list[OrderKey]:
    """Find stops whose price has been traded."""
    statement = _TRIGGERED_ORDERS[trading.extended_only]
    values = {"instrument_id": trading.instrument_id, "price": last_price, "most": most}
    return _keys(await rows(connection, statement, **values))


async def marketable(
    connection: Connection, trading: Trading, side: Side, quoted: Decimal, most: int
) -> list[OrderKey]:
    """Find the orders that a quote can fill, in price-time order."""
    statement = _MARKETABLE_ORDERS[side][trading.extended_only]
    values = {"instrument_id": trading.instrument_id, "price": quoted, "reached": trading.reached}
    return _keys(await rows(connection, statement, **values, most=most))


async def immediate(connection: Connection, trading: Trading, most: int) -> list[OrderKey]:
    """Find orders that fill now or never."""
    values = {"instrument_id": trading.instrument_id, "reached": trading.reached, "most": most}
    return _keys(await rows(connection, _IMMEDIATE_ORDERS, **values))


async def due(connection: Connection, at: datetime, most: int) -> list[OrderKey]:
    """Find open orders that have expired, the earliest first."""
    return _keys(await rows(connection, _DUE, at=at, most=most))


async def one_at_a_time(connection: Connection) -> None:
    """Let only one worker at a time expire orders, so that they expire in one order."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_EXPIRING,))


def _keys(found: list[Row]) -> list[OrderKey]:
    return [OrderKey(each["account_id"], each["id"]) for each in found]
