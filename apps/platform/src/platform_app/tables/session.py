"""Signed-in sessions."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import INET

from platform_app.tables.base import metadata
from platform_app.tables.user import user
from servicekit.columns import TIMESTAMP, created_at, id_column, updated_at
from servicekit.triggers import touch_updated_at

session = Table(
    "session",
    metadata,
    id_column(),
    Column(
        "user_id",
        Uuid,
        ForeignKey(user.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
        comment="Whose session it is",
    ),
    Column(
        "token_hash",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="SHA-256 of the 256-bit token, which itself is never stored",
    ),
    Column(
        "expires_at", TIMESTAMP, nullable=False, index=True, comment="End of the idle time; slides with use"
    ),
    Column("absolute_expires_at", TIMESTAMP, nullable=False, comment="End that no use can move"),
    Column(
        "authenticated_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the person last proved who they are; says whether the session is fresh",
    ),
    Column(
        "remembered",
        Boolean,
        nullable=False,
        server_default=true(),
        comment="False: rememberMe was off, so the session ends with the browser and after a day",
    ),
    Column("ip_address", INET, comment="Address of the client that signed in"),
    Column("user_agent", Text, comment="User-Agent of the client that signed in"),
    created_at(),
    updated_at(),
    CheckConstraint("octet_length(token_hash) = 32", name="token_hash"),
    CheckConstraint("expires_at <= absolute_expires_at", name="expires_at"),
    comment="Signed-in sessions",
)
touch_updated_at(session)
