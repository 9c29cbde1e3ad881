"""What an account may not do for now."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, Table, Text, Uuid, text

from servicekit.columns import TIMESTAMP, created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import account_id
from trading_app.tables.enumerations import Restriction
from trading_app.tables.instruments import instruments

restrictions = Table(
    "restrictions",
    metadata,
    account_id(),
    id_column(),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="HALT: no orders; CLOSE_ONLY: only smaller positions; REDUCED: the limits times factor",
    ),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        comment="For which instrument; null: for all",
    ),
    Column("factor", Numeric(5, 4), comment="Of REDUCED: what the limits are multiplied with"),
    Column("reason", Text, nullable=False, comment="Why, for the account's people"),
    Column("imposed_by", Uuid, comment="Who imposed it; kept when the user is gone"),
    Column("starts_at", TIMESTAMP, nullable=False, server_default=text("now()"), comment="From when"),
    Column("ends_at", TIMESTAMP, comment="Until when; null: until lifted"),
    Column("lifted_at", TIMESTAMP, comment="When it was lifted"),
    Column("lifted_by", Uuid, comment="Who lifted it; kept when the user is gone"),
    created_at(),
    updated_at(),
    one_of("kind", Restriction),
    CheckConstraint("(kind = 'REDUCED') = (factor IS NOT NULL) AND factor > 0 AND factor < 1", name="factor"),
    CheckConstraint("ends_at > starts_at", name="ends_at"),
    CheckConstraint("lifted_by IS NULL OR lifted_at IS NOT NULL", name="lifted_by"),
    comment="What an account may not do for now",
)
Index("ix_restrictions_standing", restrictions.c.account_id, postgresql_where=text("lifted_at IS NULL"))
Index(None, restrictions.c.account_id, restrictions.c.starts_at)
Index(None, restrictions.c.instrument_id, postgresql_where=restrictions.c.instrument_id.is_not(None))
touch_updated_at(restrictions)
