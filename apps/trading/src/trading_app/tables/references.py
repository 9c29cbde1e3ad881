"""The tables of other apps that trading points at or reads, and exactly which of their columns."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, LargeBinary, Text, Uuid

from caravan.references import References

references = References()

user = references.table(
    "platform",
    "user",
    Column("id", Uuid, primary_key=True),
    Column("name", Text),
    Column("role", Text),
    Column("banned_at", DateTime(timezone=True)),
)

# What authenticates a request in one indexed query, together with the user.
session = references.table(
    "platform",
    "session",
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid),
    Column("token_hash", LargeBinary),
    Column("expires_at", DateTime(timezone=True)),
    Column("absolute_expires_at", DateTime(timezone=True)),
)
