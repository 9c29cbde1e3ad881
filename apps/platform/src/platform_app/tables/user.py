"""People and services that can sign in."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text, false, func, text

from platform_app.tables.base import metadata
from platform_app.tables.enumerations import Role
from servicekit.columns import TIMESTAMP, created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at

user = Table(
    "user",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, comment="What the person wants to be called"),
    Column("email", Text, nullable=False, comment="Address as typed; unique whatever its case"),
    Column(
        "email_verified",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Whether the person has shown to receive mail there",
    ),
    Column("image", Text, comment="URL of a picture"),
    Column(
        "role",
        Text,
        nullable=False,
        server_default=text("'user'"),
        comment="user, admin, or service (a program)",
    ),
    Column("banned_at", TIMESTAMP, comment="Since when no session of this user counts; null: not banned"),
    Column("ban_reason", Text, comment="Why, for those who look into it later"),
    created_at(),
    updated_at(),
    one_of("role", Role),
    # RFC 5321 lets a path have 256 octets, two of which are its angle brackets.
    CheckConstraint("char_length(email) <= 254 AND position('@' IN email) > 1", name="email"),
    CheckConstraint("ban_reason IS NULL OR banned_at IS NOT NULL", name="ban_reason"),
    comment="People and services that can sign in",
)
Index("uq_user_email_lower", func.lower(user.c.email), unique=True)
touch_updated_at(user)
