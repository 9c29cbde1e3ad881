"""What happened to whose account, kept for good."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import INET, JSONB

from platform_app.tables.base import metadata
from platform_app.tables.enumerations import AuditOutcome
from servicekit.columns import created_at, id_column, one_of
from servicekit.triggers import append_only

# No foreign keys: a record outlives the user and the session it tells about.
audit_log = Table(
    "audit_log",
    metadata,
    id_column(),
    Column(
        "event", Text, nullable=False, comment="What was done or tried, such as sign-in or password.reset"
    ),
    Column("outcome", Text, nullable=False, comment="Whether it was done"),
    Column("reason", Text, comment="Machine-readable reason of a failure"),
    Column("user_id", Uuid, comment="To whose account; kept when the user is gone"),
    Column("actor_id", Uuid, comment="Who did it, where that is somebody else; kept when the user is gone"),
    Column("session_id", Uuid, comment="In which session; kept when the session is gone"),
    Column("request_id", Text, comment="The request, as in the logs"),
    Column("ip_address", INET, comment="Address of the client"),
    Column("user_agent", Text, comment="User-Agent of the client"),
    Column(
        "metadata",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="What the event needs besides; no secrets",
    ),
    created_at(),
    one_of("outcome", AuditOutcome),
    CheckConstraint("event ~ '^[a-z][a-z0-9]*([.-][a-z0-9]+)*$'", name="event"),
    CheckConstraint("jsonb_typeof(metadata) = 'object'", name="metadata"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="What happened to whose account, kept for good",
)
Index(None, audit_log.c.user_id, audit_log.c.created_at)
Index(None, audit_log.c.actor_id, audit_log.c.created_at)
Index(None, audit_log.c.event, audit_log.c.created_at)
Index(None, audit_log.c.created_at)
append_only(audit_log, "a record of what happened is never rewritten")
