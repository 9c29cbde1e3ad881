"""What each account holds of each instrument."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Uuid, text

from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import CASH, QUANTITY, account_id
from trading_app.tables.instruments import instruments

positions = Table(
    "positions",
    metadata,
    account_id(),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        primary_key=True,
        index=True,
        comment="Of what",
    ),
    Column(
        "qty", QUANTITY, nullable=False, server_default=text("0"), comment="How many; below zero: sold short"
    ),
    Column(
        "cost_basis",
        CASH,
        nullable=False,
        server_default=text("0"),
        comment="What all of them cost, with qty's sign; divided by qty, the average entry price",
    ),
    Column(
        "realized_profit",
        CASH,
        nullable=False,
        server_default=text("0"),
        comment="Gains and losses made real so far",
    ),
    Column(
        "version",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="Counts the fills that made it",
    ),
    Column("opened_at", TIMESTAMP, comment="When it last came to be"),
    Column("closed_at", TIMESTAMP, comment="When it last came to nothing; a closed position is kept"),
    created_at(),
    updated_at(),
    CheckConstraint(
        "CASE sign(qty) WHEN 1 THEN cost_basis >= 0 WHEN -1 THEN cost_basis <= 0 ELSE cost_basis = 0 END",
        name="cost_basis",
    ),
    CheckConstraint("version >= 0", name="version"),
    info={"runtime_privileges": ("SELECT", "INSERT", "UPDATE")},
    comment="What each account holds of each instrument",
)
Index(
    "ix_positions_open", positions.c.account_id, positions.c.instrument_id, postgresql_where=text("qty <> 0")
)
touch_updated_at(positions)
