"""Mail to send, written in the transaction that is the reason for it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, text

from platform_app.tables.base import metadata
from platform_app.tables.enumerations import MailStatus
from servicekit.columns import TIMESTAMP, created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("template", Text, nullable=False, comment="Which mail it is"),
    Column("recipient", Text, nullable=False, comment="Address of the one recipient"),
    Column(
        "message_id",
        Text,
        nullable=False,
        unique=True,
        comment="Message-ID header, the same at every attempt, so that a repeated delivery is recognisable",
    ),
    Column(
        "content",
        LargeBinary,
        comment="What the template needs, as JSON without secrets; emptied when there is nothing left to do",
    ),
    Column("status", Text, nullable=False, server_default=text("'pending'"), comment="Where the mail is"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="Attempts begun so far"),
    Column(
        "available_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the next attempt may begin; while one runs, when its worker is taken for dead",
    ),
    Column("claimed_by", Text, comment="The worker that is sending it"),
    Column("sent_at", TIMESTAMP, comment="When the mail server took it"),
    Column("last_error", Text, comment="What the last failed attempt met"),
    created_at(),
    updated_at(),
    one_of("status", MailStatus),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    CheckConstraint("(status IN ('pending', 'sending')) = (content IS NOT NULL)", name="content"),
    CheckConstraint("(status = 'sending') = (claimed_by IS NOT NULL)", name="claimed_by"),
    comment="Mail to send, written in the transaction that is the reason for it",
)
Index("ix_outbox_due", outbox.c.available_at, postgresql_where=text("status IN ('pending', 'sending')"))
Index("ix_outbox_created_at", outbox.c.created_at)
touch_updated_at(outbox)
