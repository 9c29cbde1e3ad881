"""Who did what in an account: a chain in which every row seals the one before."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import INET, JSONB

from servicekit.columns import TIMESTAMP, created_at, one_of
from servicekit.triggers import append_only
from trading_app.tables.base import metadata
from trading_app.tables.columns import account_id
from trading_app.tables.enumerations import ActorKind, AuditOutcome

audit_logs = Table(
    "audit_logs",
    metadata,
    account_id(),
    Column(
        "sequence",
        BigInteger,
        primary_key=True,
        comment="1, 2, 3 … per account, without a gap",
    ),
    Column(
        "actor_kind",
        Text,
        nullable=False,
        comment="user, service (a program signed in) or worker (the venue)",
    ),
    Column("actor_id", Uuid, comment="Which user; kept when the user is gone. Null: the venue"),
    Column("action", Text, nullable=False, comment="What was done or tried, such as order.place"),
    Column("outcome", Text, nullable=False, comment="Whether it was done"),
    Column("reason", Text, comment="Machine-readable reason of a refusal"),
    Column("resource", Text, nullable=False, comment="To what kind of thing"),
    Column("resource_id", Uuid, comment="To which one; null where none came to be"),
    Column(
        "metadata",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="What the action needs besides",
    ),
    Column("request_id", Text, comment="The request, as in the logs"),
    Column("ip_address", INET, comment="Address of the client"),
    Column("user_agent", Text, comment="User-Agent of the client"),
    Column(
        "occurred_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When, by the venue's clock",
    ),
    Column("previous_hash", LargeBinary, comment="hash of the row before; null in the account's first"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of this row's content and previous_hash"),
    created_at(),
    one_of("actor_kind", ActorKind),
    one_of("outcome", AuditOutcome),
    CheckConstraint("(actor_kind = 'worker') = (actor_id IS NULL)", name="actor_id"),
    CheckConstraint("action ~ '^[a-z][a-z_]*(\\.[a-z_]+)*$'", name="action"),
    CheckConstraint("(outcome = 'refused') = (reason IS NOT NULL)", name="reason"),
    CheckConstraint("sequence > 0", name="sequence"),
    CheckConstraint(
        "(sequence = 1) = (previous_hash IS NULL) AND octet_length(previous_hash) = 32", name="previous_hash"
    ),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    CheckConstraint("jsonb_typeof(metadata) = 'object'", name="metadata"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="Who did what in an account: a chain in which every row seals the one before",
)
Index(None, audit_logs.c.account_id, audit_logs.c.resource_id, audit_logs.c.sequence)
append_only(audit_logs, "a record of what happened is never rewritten")
