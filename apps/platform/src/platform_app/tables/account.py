"""Credentials: how a user can sign in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table, Text, UniqueConstraint, Uuid

from platform_app.tables.base import metadata
from platform_app.tables.user import user
from servicekit.columns import TIMESTAMP, created_at, id_column, updated_at
from servicekit.triggers import touch_updated_at

account = Table(
    "account",
    metadata,
    id_column(),
    Column(
        "user_id",
        Uuid,
        ForeignKey(user.c.id, ondelete="CASCADE"),
        nullable=False,
        index=True,
        comment="Who can sign in with it",
    ),
    Column(
        "provider_id", Text, nullable=False, comment="credential (a password), or an OpenID Connect provider"
    ),
    Column(
        "issuer", Text, nullable=False, comment="The provider's issuer URL; local:credential for a password"
    ),
    Column(
        "account_id", Text, nullable=False, comment="Who this is at the issuer; the user's id for a password"
    ),
    Column("password", Text, comment="Hash of the password, in the form that names its own parameters"),
    Column("access_token", LargeBinary, comment="Encrypted"),
    Column("refresh_token", LargeBinary, comment="Encrypted"),
    Column("id_token", LargeBinary, comment="Encrypted"),
    Column("access_token_expires_at", TIMESTAMP, comment="As the provider said"),
    Column("refresh_token_expires_at", TIMESTAMP, comment="As the provider said"),
    Column("scope", Text, comment="Granted scopes, separated by spaces"),
    created_at(),
    updated_at(),
    UniqueConstraint("issuer", "account_id"),
    CheckConstraint("(provider_id = 'credential') = (password IS NOT NULL)", name="password"),
    CheckConstraint("(provider_id = 'credential') = (issuer = 'local:credential')", name="issuer"),
    # With the unique constraint: a user has one password.
    CheckConstraint("provider_id <> 'credential' OR account_id = user_id::text", name="account_id"),
    CheckConstraint(
        "provider_id <> 'credential' OR num_nonnulls(access_token, refresh_token, id_token) = 0",
        name="tokens",
    ),
    comment="Credentials: how a user can sign in",
)
touch_updated_at(account)
