"""Create users, sessions, credentials and what signing in needs

Makes user, session, account, verification, throttle, outbox and audit_log, the function and triggers that move
updated_at, and those that keep audit_log append-only.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5f0c2a91d7e4"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text()
UUID = sa.Uuid()
TIMESTAMP = sa.DateTime(timezone=True)
BYTES = sa.LargeBinary()
BOOLEAN = sa.Boolean()
INTEGER = sa.Integer()
INET = postgresql.INET()
JSONB = postgresql.JSONB()

TOUCH_UPDATED_AT = """
CREATE FUNCTION platform.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

REFUSE_CHANGE = """
CREATE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || ' is append-only, ' || TG_OP || ' refused: ' || TG_ARGV[0];
END
$$
"""


def upgrade() -> None:
    op.execute(TOUCH_UPDATED_AT)
    op.execute(REFUSE_CHANGE)
    _create_user()
    _create_session()
    _create_account()
    _create_verification()
    _create_throttle()
    _create_outbox()
    _create_audit_log()


def downgrade() -> None:
    for table in ("audit_log", "outbox", "throttle", "verification", "account", "session", "user"):
        op.drop_table(table, schema="platform")
    op.execute("DROP FUNCTION platform.refuse_change()")
    op.execute("DROP FUNCTION platform.touch_updated_at()")


def _column(
    name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False, default: str | None = None
) -> sa.Column[Any]:
    server_default = None if default is None else sa.text(default)
    return sa.Column(name, kind, nullable=null, server_default=server_default, comment=comment)


def _id() -> sa.Column[Any]:
    return _column("id", UUID, "UUIDv7: its order is the order of creation", default="uuidv7()")


def _created_at() -> sa.Column[Any]:
    return _column("created_at", TIMESTAMP, "When the row was written", default="now()")


def _updated_at() -> sa.Column[Any]:
    comment = "When the row last changed; a trigger moves it unless the writer did"
    return _column("updated_at", TIMESTAMP, comment, default="now()")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def _touch_updated_at(table: str) -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_touch_updated_at BEFORE UPDATE ON platform."{table}" FOR EACH ROW
        WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at)
        EXECUTE FUNCTION platform.touch_updated_at()
    """)


def _append_only(table: str, why: str) -> None:
    refuse = f"EXECUTE FUNCTION platform.refuse_change('{why}')"
    op.execute(
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON platform.{table} FOR EACH ROW {refuse}"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON platform.{table} FOR EACH STATEMENT {refuse}"
    )


def _create_user() -> None:
    op.create_table(
        "user",
        _id(),
        _column("name", TEXT, "What the person wants to be called"),
        _column("email", TEXT, "Address as typed; unique whatever its case"),
        _column(
            "email_verified", BOOLEAN, "Whether the person has shown to receive mail there", default="false"
        ),
        _column("image", TEXT, "URL of a picture", null=True),
        _column("role", TEXT, "user, admin, or service (a program)", default="'user'"),
        _column(
            "banned_at", TIMESTAMP, "Since when no session of this user counts; null: not banned", null=True
        ),
        _column("ban_reason", TEXT, "Why, for those who look into it later", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        _check("ck_user_role", "role IN ('user', 'admin', 'service')"),
        _check("ck_user_email", "char_length(email) <= 254 AND position('@' IN email) > 1"),
        _check("ck_user_ban_reason", "ban_reason IS NULL OR banned_at IS NOT NULL"),
        schema="platform",
        comment="People and services that can sign in",
    )
    op.create_index("uq_user_email_lower", "user", [sa.text("lower(email)")], unique=True, schema="platform")
    _touch_updated_at("user")


def _create_session() -> None:
    op.create_table(
        "session",
        _id(),
        _column("user_id", UUID, "Whose session it is"),
        _column("token_hash", BYTES, "SHA-256 of the 256-bit token, which itself is never stored"),
        _column("expires_at", TIMESTAMP, "End of the idle time; slides with use"),
        _column("absolute_expires_at", TIMESTAMP, "End that no use can move"),
        _column(
            "authenticated_at",
            TIMESTAMP,
            "When the person last proved who they are; says whether the session is fresh",
            default="now()",
        ),
        _column(
            "remembered",
            BOOLEAN,
            "False: rememberMe was off, so the session ends with the browser and after a day",
            default="true",
        ),
        _column("ip_address", INET, "Address of the client that signed in", null=True),
        _column("user_agent", TEXT, "User-Agent of the client that signed in", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["platform.user.id"], name="fk_session_user_id", ondelete="CASCADE"
        ),
        _check("ck_session_token_hash", "octet_length(token_hash) = 32"),
        _check("ck_session_expires_at", "expires_at <= absolute_expires_at"),
        schema="platform",
        comment="Signed-in sessions",
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"], schema="platform")
    op.create_index("ix_session_user_id", "session", ["user_id"], schema="platform")
    _touch_updated_at("session")


def _create_account() -> None:
    op.create_table(
        "account",
        _id(),
        _column("user_id", UUID, "Who can sign in with it"),
        _column("provider_id", TEXT, "credential (a password), or an OpenID Connect provider"),
        _column("issuer", TEXT, "The provider's issuer URL; local:credential for a password"),
        _column("account_id", TEXT, "Who this is at the issuer; the user's id for a password"),
        _column(
            "password", TEXT, "Hash of the password, in the form that names its own parameters", null=True
        ),
        _column("access_token", BYTES, "Encrypted", null=True),
        _column("refresh_token", BYTES, "Encrypted", null=True),
        _column("id_token", BYTES, "Encrypted", null=True),
        _column("access_token_expires_at", TIMESTAMP, "As the provider said", null=True),
        _column("refresh_token_expires_at", TIMESTAMP, "As the provider said", null=True),
        _column("scope", TEXT, "Granted scopes, separated by spaces", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("issuer", "account_id", name="uq_account_issuer_account_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["platform.user.id"], name="fk_account_user_id", ondelete="CASCADE"
        ),
        _check("ck_account_password", "(provider_id = 'credential') = (password IS NOT NULL)"),
        _check("ck_account_issuer", "(provider_id = 'credential') = (issuer = 'local:credential')"),
        _check("ck_account_account_id", "provider_id <> 'credential' OR account_id = user_id::text"),
        _check(
            "ck_account_tokens",
            "provider_id <> 'credential' OR num_nonnulls(access_token, refresh_token, id_token) = 0",
        ),
        schema="platform",
        comment="Credentials: how a user can sign in",
    )
    op.create_index("ix_account_user_id", "account", ["user_id"], schema="platform")
    _touch_updated_at("account")


def _create_verification() -> None:
    op.create_table(
        "verification",
        _id(),
        _column("purpose", TEXT, "What the secret allows; it is good for nothing else"),
        _column("identifier", TEXT, "What is verified: mostly an e-mail address"),
        _column(
            "value", BYTES, "SHA-256 of the secret; using it up is one DELETE … RETURNING by this column"
        ),
        _column("user_id", UUID, "For whom; null while there is no such user yet", null=True),
        _column(
            "payload",
            JSONB,
            "What the purpose needs besides: the new address, the page to go to",
            default="'{}'",
        ),
        _column("attempts", INTEGER, "How often a wrong secret was brought", default="0"),
        _column("expires_at", TIMESTAMP, "Until when the secret counts"),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
        sa.UniqueConstraint("value", name="uq_verification_value"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["platform.user.id"], name="fk_verification_user_id", ondelete="CASCADE"
        ),
        _check(
            "ck_verification_purpose",
            "purpose IN ('email-verification', 'email-change', 'password-reset', 'account-deletion', 'oauth-state')",
        ),
        _check("ck_verification_value", "octet_length(value) = 32"),
        _check("ck_verification_attempts", "attempts >= 0"),
        _check("ck_verification_payload", "jsonb_typeof(payload) = 'object'"),
        schema="platform",
        comment="Secrets sent to somebody, waiting to be brought back once",
    )
    op.create_index("ix_verification_expires_at", "verification", ["expires_at"], schema="platform")
    op.create_index("ix_verification_identifier", "verification", ["identifier"], schema="platform")
    op.create_index("ix_verification_user_id", "verification", ["user_id"], schema="platform")
    _touch_updated_at("verification")


def _create_throttle() -> None:
    op.create_table(
        "throttle",
        _column("scope", TEXT, "What is counted: a route or group of routes, and by what"),
        _column("subject", TEXT, "Whose count: an address block, or the hash of an account"),
        _column("hits", INTEGER, "Tries in the current window", default="0"),
        _column("failures", INTEGER, "Failures in a row; only a success sets it back", default="0"),
        _column(
            "window_started_at", TIMESTAMP, "Start of the window that hits are counted in", default="now()"
        ),
        _column("blocked_until", TIMESTAMP, "Tries before this moment are refused unseen", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("scope", "subject", name="pk_throttle"),
        _check("ck_throttle_hits", "hits >= 0"),
        _check("ck_throttle_failures", "failures >= 0"),
        schema="platform",
        postgresql_with={"fillfactor": "70"},
        comment="Counters that slow guessing down, shared by all processes and kept over restarts",
    )
    op.create_index("ix_throttle_window_started_at", "throttle", ["window_started_at"], schema="platform")
    _touch_updated_at("throttle")


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        _id(),
        _column("template", TEXT, "Which mail it is"),
        _column("recipient", TEXT, "Address of the one recipient"),
        _column(
            "message_id",
            TEXT,
            "Message-ID header, the same at every attempt, so that a repeated delivery is recognisable",
        ),
        _column(
            "content",
            BYTES,
            "Subject, text and HTML, encrypted because they hold secrets; emptied when there is nothing left to do",
            null=True,
        ),
        _column("status", TEXT, "Where the mail is", default="'pending'"),
        _column("attempts", INTEGER, "Attempts begun so far", default="0"),
        _column(
            "available_at",
            TIMESTAMP,
            "When the next attempt may begin; while one runs, when its worker is taken for dead",
            default="now()",
        ),
        _column("claimed_by", TEXT, "The worker that is sending it", null=True),
        _column("sent_at", TIMESTAMP, "When the mail server took it", null=True),
        _column("last_error", TEXT, "What the last failed attempt met", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        _check("ck_outbox_status", "status IN ('pending', 'sending', 'sent', 'abandoned')"),
        _check("ck_outbox_attempts", "attempts >= 0"),
        _check("ck_outbox_sent_at", "(status = 'sent') = (sent_at IS NOT NULL)"),
        _check("ck_outbox_content", "(status IN ('pending', 'sending')) = (content IS NOT NULL)"),
        _check("ck_outbox_claimed_by", "(status = 'sending') = (claimed_by IS NOT NULL)"),
        schema="platform",
        comment="Mail to send, written in the transaction that is the reason for it",
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], schema="platform")
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["available_at"],
        schema="platform",
        postgresql_where="status IN ('pending', 'sending')",
    )
    _touch_updated_at("outbox")


def _create_audit_log() -> None:
    op.create_table(
        "audit_log",
        _id(),
        _column("event", TEXT, "What was done or tried, such as sign-in or password.reset"),
        _column("outcome", TEXT, "Whether it was done"),
        _column("reason", TEXT, "Machine-readable reason of a failure", null=True),
        _column("user_id", UUID, "To whose account; kept when the user is gone", null=True),
        _column(
            "actor_id", UUID, "Who did it, where that is somebody else; kept when the user is gone", null=True
        ),
        _column("session_id", UUID, "In which session; kept when the session is gone", null=True),
        _column("request_id", TEXT, "The request, as in the logs", null=True),
        _column("ip_address", INET, "Address of the client", null=True),
        _column("user_agent", TEXT, "User-Agent of the client", null=True),
        _column("metadata", JSONB, "What the event needs besides; no secrets", default="'{}'"),
        _created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        _check("ck_audit_log_outcome", "outcome IN ('success', 'failure')"),
        _check("ck_audit_log_event", "event ~ '^[a-z][a-z0-9]*([.-][a-z0-9]+)*$'"),
        _check("ck_audit_log_metadata", "jsonb_typeof(metadata) = 'object'"),
        schema="platform",
        comment="What happened to whose account, kept for good",
    )
    op.create_index(
        "ix_audit_log_actor_id_created_at", "audit_log", ["actor_id", "created_at"], schema="platform"
    )
    op.create_index("ix_audit_log_created_at", "audit_log", ["created_at"], schema="platform")
    op.create_index("ix_audit_log_event_created_at", "audit_log", ["event", "created_at"], schema="platform")
    op.create_index(
        "ix_audit_log_user_id_created_at", "audit_log", ["user_id", "created_at"], schema="platform"
    )
    _append_only("audit_log", "a record of what happened is never rewritten")
