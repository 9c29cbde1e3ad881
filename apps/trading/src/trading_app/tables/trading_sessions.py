"""When the exchanges are open."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Table, Text, false

from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata

trading_sessions = Table(
    "trading_sessions",
    metadata,
    Column("mic", Text, primary_key=True, comment="ISO 10383 code of the exchange"),
    Column("session_date", Date, primary_key=True, comment="The day at the exchange; no row: closed all day"),
    Column("time_zone", Text, nullable=False, comment="IANA name of the exchange's time zone"),
    Column("pre_market_opens_at", TIMESTAMP, comment="Start of extended hours before the session"),
    Column("opens_at", TIMESTAMP, nullable=False, comment="Start of the regular session"),
    Column("closes_at", TIMESTAMP, nullable=False, comment="End of the regular session; day orders expire"),
    Column("after_hours_closes_at", TIMESTAMP, comment="End of extended hours after the session"),
    Column(
        "early_close", Boolean, nullable=False, server_default=false(), comment="Whether it is a half day"
    ),
    Column("settlement_date", Date, comment="The day on which this session's trades settle"),
    created_at(),
    updated_at(),
    CheckConstraint("mic ~ '^[A-Z0-9]{4}$'", name="mic"),
    CheckConstraint("opens_at < closes_at", name="closes_at"),
    CheckConstraint("pre_market_opens_at <= opens_at", name="pre_market_opens_at"),
    CheckConstraint("after_hours_closes_at >= closes_at", name="after_hours_closes_at"),
    CheckConstraint("settlement_date >= session_date", name="settlement_date"),
    comment="When the exchanges are open",
)
Index(None, trading_sessions.c.mic, trading_sessions.c.closes_at)
touch_updated_at(trading_sessions)
