"""Secrets sent to somebody, waiting to be brought back once."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from platform_app.tables.base import metadata
from platform_app.tables.enumerations import VerificationPurpose
from platform_app.tables.user import user
from servicekit.columns import TIMESTAMP, created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at

verification = Table(
    "verification",
    metadata,
    id_column(),
    Column("purpose", Text, nullable=False, comment="What the secret allows; it is good for nothing else"),
    Column(
        "identifier", Text, nullable=False, index=True, comment="What is verified: mostly an e-mail address"
    ),
    Column(
        "value",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="SHA-256 of the secret; using it up is one DELETE … RETURNING by this column",
    ),
    Column(
        "user_id",
        Uuid,
        ForeignKey(user.c.id, ondelete="CASCADE"),
        index=True,
        comment="For whom; null while there is no such user yet",
    ),
    Column(
        "payload",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="What the purpose needs besides: the new address, the page to go to",
    ),
    Column(
        "attempts",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How often a wrong secret was brought",
    ),
    Column("expires_at", TIMESTAMP, nullable=False, index=True, comment="Until when the secret counts"),
    created_at(),
    updated_at(),
    one_of("purpose", VerificationPurpose),
    CheckConstraint("octet_length(value) = 32", name="value"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("jsonb_typeof(payload) = 'object'", name="payload"),
    comment="Secrets sent to somebody, waiting to be brought back once",
)
touch_updated_at(verification)
