"""Answers already given, for requests that may come again."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, LargeBinary, SmallInteger, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import account_id

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    account_id(),
    Column("key", Text, primary_key=True, comment="The request's Idempotency-Key"),
    Column("user_id", Uuid, comment="Who sent the request; kept when the user is gone"),
    Column("method", Text, nullable=False, comment="The request's method"),
    Column("path", Text, nullable=False, comment="The request's path"),
    Column(
        "request_hash",
        LargeBinary,
        nullable=False,
        comment="SHA-256 of method, path and body: the same key with another request is a conflict",
    ),
    Column("response_status", SmallInteger, comment="The answer's status; null: not answered yet"),
    Column("response_headers", JSONB, comment="The answer's headers that are worth repeating"),
    Column("response_body", LargeBinary, comment="The answer's body, byte for byte"),
    Column(
        "expires_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now() + interval '24 hours'"),
        index=True,
        comment="When the key may be forgotten",
    ),
    created_at(),
    updated_at(),
    CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="key"),
    CheckConstraint("octet_length(request_hash) = 32", name="request_hash"),
    CheckConstraint("response_status BETWEEN 100 AND 599", name="response_status"),
    CheckConstraint(
        "response_status IS NOT NULL OR num_nonnulls(response_headers, response_body) = 0",
        name="response_body",
    ),
    comment="Answers already given, for requests that may come again",
)
touch_updated_at(idempotency_keys)
