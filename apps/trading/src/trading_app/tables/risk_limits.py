"""How much each account may risk."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid, true

from servicekit.columns import created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import AMOUNT, account_id
from trading_app.tables.enumerations import RiskLimit
from trading_app.tables.instruments import instruments

risk_limits = Table(
    "risk_limits",
    metadata,
    account_id(),
    id_column(),
    Column("kind", Text, nullable=False, comment="What is limited"),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        comment="For which instrument; null: for each",
    ),
    Column(
        "value",
        AMOUNT,
        nullable=False,
        comment="MAX_ORDER_VALUE and MAX_DAILY_LOSS: money; MAX_POSITION_SIZE: pieces; MAX_CONCENTRATION: percent of equity",
    ),
    Column("enabled", Boolean, nullable=False, server_default=true(), comment="Whether it counts"),
    Column("set_by", Uuid, comment="Who set it; kept when the user is gone"),
    created_at(),
    updated_at(),
    one_of("kind", RiskLimit),
    CheckConstraint("value > 0 AND (kind <> 'MAX_CONCENTRATION' OR value <= 100)", name="value"),
    CheckConstraint("kind <> 'MAX_DAILY_LOSS' OR instrument_id IS NULL", name="instrument_id"),
    comment="How much each account may risk",
)
Index(
    "uq_risk_limits_kind",
    risk_limits.c.account_id,
    risk_limits.c.kind,
    unique=True,
    postgresql_where=risk_limits.c.instrument_id.is_(None),
)
Index(
    "uq_risk_limits_kind_instrument_id",
    risk_limits.c.account_id,
    risk_limits.c.kind,
    risk_limits.c.instrument_id,
    unique=True,
    postgresql_where=risk_limits.c.instrument_id.is_not(None),
)
Index(None, risk_limits.c.instrument_id, postgresql_where=risk_limits.c.instrument_id.is_not(None))
touch_updated_at(risk_limits)
