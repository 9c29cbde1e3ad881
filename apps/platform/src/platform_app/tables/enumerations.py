"""The values that a column may hold, where there are only a few."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"
    SERVICE = "service"


class VerificationPurpose(StrEnum):
    EMAIL_VERIFICATION = "email-verification"
    EMAIL_CHANGE = "email-change"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - names a purpose, is no password
    ACCOUNT_DELETION = "account-deletion"
    OAUTH_STATE = "oauth-state"


class MailStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    ABANDONED = "abandoned"


class AuditOutcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
