"""What happened to each order."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.columns import TIMESTAMP, created_at, id_column, one_of
from servicekit.triggers import append_only
from trading_app.tables.base import metadata
from trading_app.tables.columns import implied_account_id, within_account
from trading_app.tables.enumerations import OrderEvent, OrderStatus
from trading_app.tables.executions import executions
from trading_app.tables.orders import orders

order_events = Table(
    "order_events",
    metadata,
    implied_account_id(),
    id_column(),
    Column("order_id", Uuid, nullable=False, comment="To which order"),
    Column("version", Integer, nullable=False, comment="1, 2, 3 … per order: the order's version since"),
    Column("event", Text, nullable=False, comment="What happened, in the words of Alpaca's trade updates"),
    Column("status", Text, nullable=False, comment="The order's status since"),
    Column("execution_id", Uuid, comment="The fill, where it was one"),
    Column("actor_id", Uuid, comment="Which user wanted it; kept when the user is gone. Null: the venue"),
    Column("reason", Text, comment="Machine-readable reason of a refusal"),
    Column(
        "details", JSONB, nullable=False, server_default=text("'{}'"), comment="What the event needs besides"
    ),
    Column(
        "occurred_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When, by the venue's clock",
    ),
    created_at(),
    UniqueConstraint("account_id", "order_id", "version"),
    within_account(orders, "order_id"),
    within_account(executions, "execution_id"),
    one_of("event", OrderEvent),
    one_of("status", OrderStatus),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("(event IN ('fill', 'partial_fill')) = (execution_id IS NOT NULL)", name="execution_id"),
    CheckConstraint("jsonb_typeof(details) = 'object'", name="details"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="What happened to each order",
)
Index(
    None,
    order_events.c.account_id,
    order_events.c.execution_id,
    postgresql_where=order_events.c.execution_id.is_not(None),
)
append_only(order_events, "what happened to an order stays in its history")
