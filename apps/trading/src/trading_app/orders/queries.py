from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    text,
    tuple_,
)

from servicekit.statements import prepared
from trading_app.accounts.access import Access
from trading_app.accounts.membership import MEMBERSHIPS
from trading_app.joins import HEAD, in_force, promise, with_books, with_session
from trading_app.rows import Row, row, rows
from trading_app.tables import (
    accounts,
    idempotency_keys,
    instruments,
    orders,
    positions,
    quotes,
    restrictions,
    risk_limits,
)
from trading_app.tables.orders import OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select

    from servicekit.database import Connection
    from servicekit.statements import Prepared
    from trading_app.accounts.access import Claim
    from trading_app.orders.schemas import Filters, OrderIn

# With the table's name, for instruments have a status too.
_OPEN = f"orders.{OPEN}"
_ACCOUNT = bindparam("account_id", type_=Uuid())
_ID = bindparam("order_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))
_CLIENT_ORDER_ID = bindparam("client_order_id", type_=Text())


def _orders() -> Select[Any]:
    return select(orders, instruments.c.symbol, instruments.c.asset_class).join(
        instruments, instruments.c.id == orders.c.instrument_id
    )


def _standing(asked: Select[Any]) -> Select[Any]:
    """The account, the instrument and its quote, the session, and who has used the order's names before.

    Args:
        asked: finds the account.
    """
    known, key = orders.alias("known"), idempotency_keys.c
    query: Select[Any] = (
        asked.add_columns(
            *HEAD,
            accounts.c.status.label("account_status"),
            accounts.c.suspend_trade,
            accounts.c.account_blocked,
            accounts.c.trading_blocked,
            instruments.c.id.label("instrument_id"),
            instruments.c.symbol,
            instruments.c.asset_class,
            instruments.c.status,
            instruments.c.tradable,
            instruments.c.fractionable,
            instruments.c.lot_size,
            instruments.c.min_order_size,
            quotes.c.bid_price,
            quotes.c.ask_price,
            quotes.c.last_price,
            known.c.id.label("known_id"),
            known.c.request_hash.label("known_hash"),
            key.request_hash.label("key_hash"),
            key.user_id.label("key_user_id"),
            key.response_status,
            key.response_body,
            exists(_restrictions()).label("restricted"),
            exists(_limits()).label("limited"),
        )
        .outerjoin(instruments, instruments.c.symbol == bindparam("symbol", type_=Text()))
        .outerjoin(quotes, quotes.c.instrument_id == instruments.c.id)
        .outerjoin(
            known,
            and_(known.c.account_id == accounts.c.id, known.c.client_order_id == _CLIENT_ORDER_ID),
        )
        .outerjoin(
            idempotency_keys,
            and_(
                key.account_id == accounts.c.id,
                key.key == bindparam("idempotency_key", type_=Text()),
                key.expires_at > func.now(),
            ),
        )
    )
    extended = bindparam("extended", type_=Boolean())
    query = with_session(query, instruments.c.mic, _AT, extended)
    return with_books(query, accounts.c.id, instruments.c.id)


def _restrictions() -> Select[Any]:
    return select(literal_column("1")).select_from(restrictions).where(in_force(accounts.c.id, _AT))


def _limits() -> Select[Any]:
    table = risk_limits.c
    return select(literal_column("1")).where(table.account_id == accounts.c.id, table.enabled)


def _working() -> Select[Any]:
    """Orders with all that a change of them moves: the account's head and books, the position, the promise."""
    keys = (
        func.unnest(
            bindparam("account_ids", type_=ARRAY(Uuid())), bindparam("order_ids", type_=ARRAY(Uuid()))
        )
        .table_valued("account_id", "order_id", name="wanted", with_ordinality="place")
        .render_derived()
    )
    held = positions.c
    query = (
        select(
            orders,
            *HEAD[1:],
            accounts.c.status.label("account_status"),
            accounts.c.suspend_trade,
            accounts.c.account_blocked,
            accounts.c.trading_blocked,
            instruments.c.symbol,
            instruments.c.asset_class,
            instruments.c.lot_size,
            instruments.c.fractionable,
            promise(orders.c.account_id, orders.c.id).label("promise"),
            held.qty.label("held_qty"),
            held.cost_basis.label("held_cost"),
            held.realized_profit.label("held_profit"),
            held.version.label("held_version"),
            held.opened_at.label("held_opened_at"),
        )
        .select_from(keys)
        .join(orders, and_(orders.c.account_id == keys.c.account_id, orders.c.id == keys.c.order_id))
        .join(accounts, accounts.c.id == orders.c.account_id)
        .join(instruments, instruments.c.id == orders.c.instrument_id)
        .outerjoin(
            positions,
            and_(held.account_id == orders.c.account_id, held.instrument_id == orders.c.instrument_id),
        )
        .order_by(keys.c.place)
    )
    return with_books(query, orders.c.account_id, orders.c.instrument_id)


_BY_ID = prepared(_orders().where(orders.c.account_id == _ACCOUNT, orders.c.id == _ID))
_BY_CLIENT_ORDER_ID = prepared(
    _orders().where(orders.c.account_id == _ACCOUNT, orders.c.client_order_id == _CLIENT_ORDER_ID)
)
_STANDING = prepared(_standing(select().select_from(accounts).where(accounts.c.id == _ACCOUNT)))
_member_of = accounts.c.id == MEMBERSHIPS.member.c.account_id
_ASKED = prepared(_standing(MEMBERSHIPS.asked.outerjoin(accounts, _member_of)))
_WORKING = prepared(_working())
_OPEN_IDS = prepared(
    select(orders.c.id)
    .where(orders.c.account_id == _ACCOUNT, text(OPEN))
    .order_by(orders.c.submitted_at, orders.c.id)
)


async def by_id(connection: Connection, account_id: UUID, order_id: UUID) -> Row | None:
    return await row(connection, _BY_ID, account_id=account_id, order_id=order_id)


async def by_client_order_id(connection: Connection, account_id: UUID, client_order_id: str) -> Row | None:
    return await row(connection, _BY_CLIENT_ORDER_ID, account_id=account_id, client_order_id=client_order_id)


async def standing(
    connection: Connection, order: OrderIn, who: Access | Claim, at: datetime, idempotency_key: str | None
) -> Row:
    """Give what is known when an order is to be placed, and whether a claim holds: nothing where nobody is behind it."""
    asked: dict[str, Any]
    if isinstance(who, Access):
        statement, asked = _STANDING, {"account_id": who.account_id}
    else:
        statement, asked = _ASKED, {"token_hash": who.token_hash, "asked_account_id": who.account_id}
    found = await row(
        connection,
        statement,
        **asked,
        symbol=order.symbol,
        client_order_id=order.client_order_id,
        idempotency_key=idempotency_key,
        at=at,
        extended=bool(order.extended_hours),
    )
    return found or {}


async def working(connection: Connection, keys: Sequence[tuple[UUID, UUID]]) -> list[Row]:
    """Give orders by account and id, in this order, with all that a change of them moves."""
    account_ids, order_ids = [list(each) for each in zip(*keys, strict=True)] if keys else ([], [])
    return await rows(connection, _WORKING, account_ids=account_ids, order_ids=order_ids)


async def open_ids(connection: Connection, account_id: UUID) -> list[UUID]:
    return [found["id"] for found in await rows(connection, _OPEN_IDS, account_id=account_id)]


async def listed(connection: Connection, account_id: UUID, filters: Filters) -> list[Row]:
    """Give a part of the account's orders; a cursor is the id of one of them."""
    given = {
        "symbols": None if filters.symbols is None else filters.symbols.upper().split(","),
        "after": filters.after,
        "until": filters.until,
        "side": filters.side,
        "asset_classes": _asset_classes(filters),
        "after_order_id": filters.after_order_id,
        "before_order_id": filters.before_order_id,
    }
    values = {name: value for name, value in given.items() if value is not None}
    statement = _list(filters.status, filters.direction, frozenset(values))
    return await rows(connection, statement, account_id=account_id, limit=filters.limit, **values)


def _asset_classes(filters: Filters) -> list[str] | None:
    """Give the classes that are asked for; None where it is all of them."""
    classes = (filters.asset_class or "all").split(",")
    return None if "all" in classes else classes


@lru_cache(maxsize=512)
def _list(status: str, direction: str, given: frozenset[str]) -> Prepared:
    columns = (orders.c.submitted_at, orders.c.id)
    here = tuple_(*columns)
    conditions: dict[str, Any] = {
        "symbols": instruments.c.symbol == func.any(bindparam("symbols", type_=ARRAY(Text()))),
        "after": orders.c.submitted_at > bindparam("after", type_=DateTime(timezone=True)),
        "until": orders.c.submitted_at < bindparam("until", type_=DateTime(timezone=True)),
        "side": orders.c.side == bindparam("side", type_=Text()),
        "asset_classes": instruments.c.asset_class
        == func.any(bindparam("asset_classes", type_=ARRAY(Text()))),
        "after_order_id": here > _place("after_order_id"),
        "before_order_id": here < _place("before_order_id"),
    }
    of_status = {"all": [], "open": [text(_OPEN)], "closed": [text(f"NOT ({_OPEN})")]}[status]
    order = columns if direction == "asc" else [column.desc() for column in columns]
    return prepared(
        _orders()
        .where(orders.c.account_id == _ACCOUNT, *of_status, *(conditions[name] for name in sorted(given)))
        .order_by(*order)
        .limit(bindparam("limit", type_=BigInteger()))
    )


def _place(cursor: str) -> Any:  # noqa: ANN401  a row of two columns
    """Where in the list an order of this account stands."""
    other = orders.alias(cursor)
    found = bindparam(cursor, type_=Uuid())
    return (
        select(other.c.submitted_at, other.c.id)
        .where(other.c.account_id == _ACCOUNT, other.c.id == found)
        .scalar_subquery()
    )
