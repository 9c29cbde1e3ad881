"""Who may do what with an account."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, Uuid, text

from servicekit.columns import created_at, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import account_id
from trading_app.tables.enumerations import MemberRole
from trading_app.tables.references import user

account_members = Table(
    "account_members",
    metadata,
    account_id(),
    Column(
        "user_id",
        Uuid,
        ForeignKey(user.c.id, ondelete="CASCADE"),
        primary_key=True,
        index=True,
        comment="Who; with the user goes the membership",
    ),
    Column(
        "role",
        Text,
        nullable=False,
        comment="OWNER: everything; ADMIN: members and settings; TRADER: orders; VIEWER: reading",
    ),
    created_at(),
    updated_at(),
    one_of("role", MemberRole),
    comment="Who may do what with an account",
)
Index(
    "uq_account_members_owner",
    account_members.c.account_id,
    unique=True,
    postgresql_where=text("role = 'OWNER'"),
)
touch_updated_at(account_members)
