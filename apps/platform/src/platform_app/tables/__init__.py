"""The ownership list: every table of the schema `platform`, one per file."""

from platform_app.tables.account import account
from platform_app.tables.audit_log import audit_log
from platform_app.tables.base import metadata
from platform_app.tables.outbox import outbox
from platform_app.tables.session import session
from platform_app.tables.throttle import throttle
from platform_app.tables.user import user
from platform_app.tables.verification import verification

__all__ = [
    "account",
    "audit_log",
    "metadata",
    "outbox",
    "session",
    "throttle",
    "user",
    "verification",
]
