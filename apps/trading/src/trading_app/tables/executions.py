"""Fills: what was traded, at which price, and against which quote."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from servicekit.columns import TIMESTAMP, created_at, id_column, one_of
from servicekit.triggers import append_only
from trading_app.tables.base import metadata
from trading_app.tables.columns import CASH, PRICE, QUANTITY, implied_account_id, within_account
from trading_app.tables.enumerations import Side
from trading_app.tables.instruments import instruments
from trading_app.tables.orders import orders

executions = Table(
    "executions",
    metadata,
    implied_account_id(),
    id_column(),
    Column(
        "sequence",
        BigInteger,
        nullable=False,
        comment="1, 2, 3 … per account: the order in which the books took them",
    ),
    Column("order_id", Uuid, nullable=False, comment="The order it fills"),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        nullable=False,
        comment="What was traded",
    ),
    Column("side", Text, nullable=False, comment="buy or sell"),
    Column("qty", QUANTITY, nullable=False, comment="How many"),
    Column("price", PRICE, nullable=False, comment="Price of one"),
    Column("amount", CASH, nullable=False, comment="qty times price, rounded once, half to even"),
    Column("fee", CASH, nullable=False, server_default=text("0"), comment="Fee, besides the amount"),
    Column(
        "realized_profit",
        CASH,
        nullable=False,
        server_default=text("0"),
        comment="Gain or loss that it made real",
    ),
    Column("cum_qty", QUANTITY, nullable=False, comment="Filled of the order, with this one"),
    Column(
        "leaves_qty", QUANTITY, comment="Left of the order, after this one; null where it has no quantity"
    ),
    Column("executed_at", TIMESTAMP, nullable=False, comment="When, by the venue's clock"),
    Column(
        "quoted_at", TIMESTAMP, nullable=False, comment="The market's time of the quote it was filled against"
    ),
    Column("bid_price", PRICE, comment="That quote's best bid"),
    Column("bid_size", QUANTITY, comment="Displayed size there"),
    Column("ask_price", PRICE, comment="That quote's best offer"),
    Column("ask_size", QUANTITY, comment="Displayed size there"),
    Column("last_price", PRICE, comment="The last trade, as then known"),
    created_at(),
    # The same fill cannot be booked twice: the order's total after it is part of a key.
    UniqueConstraint("account_id", "order_id", "cum_qty"),
    UniqueConstraint("account_id", "sequence"),
    within_account(orders, "order_id"),
    one_of("side", Side),
    CheckConstraint("sequence > 0", name="sequence"),
    CheckConstraint("qty > 0", name="qty"),
    CheckConstraint("price > 0", name="price"),
    CheckConstraint("amount >= 0 AND abs(amount - qty * price) <= 0.005", name="amount"),
    CheckConstraint("fee >= 0", name="fee"),
    CheckConstraint("cum_qty >= qty", name="cum_qty"),
    CheckConstraint("leaves_qty >= 0", name="leaves_qty"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="Fills: what was traded, at which price, and against which quote",
)
Index(None, executions.c.account_id, executions.c.executed_at, executions.c.id)
# Serves the foreign key, and an account's fills of one symbol.
Index(
    "ix_executions_instrument_id", executions.c.instrument_id, executions.c.account_id, executions.c.sequence
)
append_only(executions, "a fill is undone by another fill")
