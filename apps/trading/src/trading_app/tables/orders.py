"""Orders, in Alpaca's words."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from servicekit.columns import TIMESTAMP, created_at, id_column, listed, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import AMOUNT, CASH, EXACT_VALUE, PRICE, QUANTITY, account_id
from trading_app.tables.enumerations import (
    OrderClass,
    OrderStatus,
    OrderType,
    PositionIntent,
    Side,
    TimeInForce,
)
from trading_app.tables.instruments import instruments
from trading_app.tables.order_transitions import FINAL
from trading_app.tables.triggers import only_legal_transitions

_FINAL = listed(sorted(FINAL))
# What a query must say, word for word, to use the indexes of open orders.
OPEN = f"status NOT IN ({_FINAL})"


def _to_order(column: str) -> ForeignKeyConstraint:
    keys = ["trading.orders.account_id", "trading.orders.id"]
    return ForeignKeyConstraint(["account_id", column], keys, ondelete="RESTRICT")


orders = Table(
    "orders",
    metadata,
    account_id(),
    id_column(),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        nullable=False,
        comment="What to trade",
    ),
    Column(
        "client_order_id",
        Text,
        nullable=False,
        comment="The client's name for the order, used once per account",
    ),
    Column(
        "request_hash",
        LargeBinary,
        comment="SHA-256 of the request: the same client_order_id with another one is a conflict",
    ),
    Column(
        "placed_by", Uuid, comment="Who placed it; kept when the user is gone. Null: the venue, for a leg"
    ),
    Column("side", Text, nullable=False, comment="buy or sell"),
    Column("type", Text, nullable=False, comment="market, limit, stop, stop_limit or trailing_stop"),
    Column(
        "time_in_force", Text, nullable=False, comment="How long it works: day, gtc, opg, cls, ioc or fok"
    ),
    Column(
        "order_class",
        Text,
        nullable=False,
        server_default=text("'simple'"),
        comment="How it is tied to other orders",
    ),
    Column("position_intent", Text, comment="Whether it is to open or to close a position"),
    Column("status", Text, nullable=False, comment="Where it is; the next one must be in order_transitions"),
    Column("qty", QUANTITY, comment="How many; null where notional says how much"),
    Column("notional", CASH, comment="For how much money; null where qty says how many"),
    Column("filled_qty", QUANTITY, nullable=False, server_default=text("0"), comment="How many are filled"),
    Column(
        "filled_value",
        EXACT_VALUE,
        nullable=False,
        server_default=text("0"),
        comment="Sum of quantity times price over its executions, not rounded: divided by filled_qty, the average price",
    ),
    Column("limit_price", PRICE, comment="The worst price it takes: of limit and stop_limit orders"),
    Column(
        "stop_price", PRICE, comment="The trade price that wakes it: of stop orders, moving for trailing ones"
    ),
    Column("trail_price", PRICE, comment="Distance of a trailing stop, in money"),
    Column("trail_percent", Numeric(8, 4), comment="Distance of a trailing stop, in percent"),
    Column("hwm", PRICE, comment="Best price seen by a trailing stop"),
    Column(
        "extended_hours",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether it works before and after hours",
    ),
    Column(
        "reserved",
        AMOUNT,
        nullable=False,
        server_default=text("0"),
        comment="What its pending transfer still holds: cash for a buy, shares for a sell",
    ),
    Column("version", Integer, nullable=False, server_default=text("1"), comment="Counts the order's events"),
    Column("parent_id", Uuid, comment="The order that this one is a leg of"),
    Column("replaces", Uuid, comment="The order that this one took the place of"),
    Column("replaced_by", Uuid, comment="The order that took this one's place"),
    Column("reject_reason", Text, comment="Machine-readable reason of a rejection"),
    Column(
        "submitted_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When it reached the venue",
    ),
    Column("triggered_at", TIMESTAMP, comment="When its stop price was traded"),
    Column("filled_at", TIMESTAMP, comment="When it was filled in full"),
    Column("expires_at", TIMESTAMP, comment="When it expires, if nothing happens before"),
    Column("expired_at", TIMESTAMP, comment="When it expired"),
    Column("canceled_at", TIMESTAMP, comment="When it was canceled"),
    Column("replaced_at", TIMESTAMP, comment="When another took its place"),
    Column("failed_at", TIMESTAMP, comment="When it was rejected"),
    created_at(),
    updated_at(),
    UniqueConstraint("account_id", "client_order_id"),
    _to_order("parent_id"),
    _to_order("replaces"),
    _to_order("replaced_by"),
    one_of("side", Side),
    one_of("type", OrderType),
    one_of("time_in_force", TimeInForce),
    one_of("order_class", OrderClass),
    one_of("position_intent", PositionIntent),
    one_of("status", OrderStatus),
    CheckConstraint("char_length(client_order_id) BETWEEN 1 AND 128", name="client_order_id"),
    CheckConstraint("octet_length(request_hash) = 32", name="request_hash"),
    CheckConstraint("num_nonnulls(qty, notional) = 1", name="qty_or_notional"),
    CheckConstraint("qty > 0", name="qty"),
    CheckConstraint("notional > 0", name="notional"),
    CheckConstraint("filled_qty >= 0 AND filled_qty <= coalesce(qty, filled_qty)", name="filled_qty"),
    CheckConstraint("sign(filled_value) = sign(filled_qty)", name="filled_value"),
    CheckConstraint(
        "(type IN ('limit', 'stop_limit')) = (limit_price IS NOT NULL) AND limit_price > 0",
        name="limit_price",
    ),
    CheckConstraint(
        "CASE WHEN type IN ('stop', 'stop_limit') THEN stop_price IS NOT NULL"
        " ELSE type = 'trailing_stop' OR stop_price IS NULL END AND stop_price > 0",
        name="stop_price",
    ),
    CheckConstraint(
        "num_nonnulls(trail_price, trail_percent) = CASE type WHEN 'trailing_stop' THEN 1 ELSE 0 END",
        name="trail",
    ),
    CheckConstraint("trail_price > 0", name="trail_price"),
    CheckConstraint("trail_percent > 0 AND trail_percent < 100", name="trail_percent"),
    CheckConstraint("hwm IS NULL OR type = 'trailing_stop' AND hwm > 0", name="hwm"),
    CheckConstraint("NOT extended_hours OR type = 'limit' AND time_in_force = 'day'", name="extended_hours"),
    CheckConstraint(f"reserved >= 0 AND (reserved = 0 OR {OPEN})", name="reserved"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("id NOT IN (parent_id, replaces, replaced_by)", name="other_order"),
    CheckConstraint(
        "CASE status WHEN 'filled' THEN filled_qty > 0 AND filled_qty = coalesce(qty, filled_qty)"
        " WHEN 'partially_filled' THEN filled_qty > 0 AND filled_qty IS DISTINCT FROM qty"
        " ELSE filled_qty IS DISTINCT FROM qty END",
        name="filled",
    ),
    CheckConstraint("(status = 'filled') = (filled_at IS NOT NULL)", name="filled_at"),
    CheckConstraint("(status = 'expired') = (expired_at IS NOT NULL)", name="expired_at"),
    CheckConstraint("(status = 'canceled') = (canceled_at IS NOT NULL)", name="canceled_at"),
    CheckConstraint("(status = 'rejected') = (failed_at IS NOT NULL)", name="failed_at"),
    CheckConstraint(
        "(status = 'replaced') = (replaced_at IS NOT NULL) AND (status = 'replaced') = (replaced_by IS NOT NULL)",
        name="replaced_at",
    ),
    info={"runtime_privileges": ("SELECT", "INSERT", "UPDATE")},
    comment="Orders, in Alpaca's words",
)
Index("ix_orders_submitted_at", orders.c.account_id, orders.c.submitted_at, orders.c.id)
Index("ix_orders_open", orders.c.account_id, orders.c.submitted_at, orders.c.id, postgresql_where=text(OPEN))
# Serves the foreign key, and an account's orders of one symbol.
Index("ix_orders_instrument_id", orders.c.instrument_id, orders.c.account_id, orders.c.submitted_at)
# The venue's book, in price-time order.
Index(
    "ix_orders_book",
    orders.c.instrument_id,
    orders.c.side,
    orders.c.limit_price,
    orders.c.submitted_at,
    postgresql_where=text(OPEN),
)
Index(
    "ix_orders_stops",
    orders.c.instrument_id,
    orders.c.side,
    orders.c.stop_price,
    postgresql_where=text(f"triggered_at IS NULL AND stop_price IS NOT NULL AND {OPEN}"),
)
# What the venue looks for whenever it looks at an instrument; nearly always there is none.
Index(
    "ix_orders_accepted",
    orders.c.instrument_id,
    orders.c.submitted_at,
    postgresql_where=text("status = 'accepted'"),
)
Index(
    "ix_orders_immediate",
    orders.c.instrument_id,
    orders.c.submitted_at,
    postgresql_where=text(f"time_in_force IN ('ioc', 'fok') AND {OPEN}"),
)
Index("ix_orders_expires_at", orders.c.expires_at, postgresql_where=text(OPEN))
for _column in (orders.c.parent_id, orders.c.replaces, orders.c.replaced_by):
    Index(None, orders.c.account_id, _column, postgresql_where=_column.is_not(None))
touch_updated_at(orders)
only_legal_transitions(orders)
