"""The events that are kept."""

from enum import StrEnum


class Event(StrEnum):
    SIGN_UP = "sign-up"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    SESSION_REVOKE = "session.revoke"
    PASSWORD_CHANGE = "password.change"  # noqa: S105  # names an event
    PASSWORD_RESET_REQUEST = "password.reset-request"  # noqa: S105  # names an event
    PASSWORD_RESET = "password.reset"  # noqa: S105  # names an event
    EMAIL_VERIFICATION_REQUEST = "email.verification-request"
    EMAIL_VERIFICATION = "email.verification"
    EMAIL_CHANGE_REQUEST = "email.change-request"
    EMAIL_CHANGE = "email.change"
    USER_UPDATE = "user.update"
    USER_DELETE = "user.delete"
    USER_BAN = "user.ban"
    USER_UNBAN = "user.unban"
    USER_CREATE = "user.create"
