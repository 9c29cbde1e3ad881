"""The mails' names."""

from enum import StrEnum


class Template(StrEnum):
    SIGN_UP = "sign-up"
    EMAIL_VERIFICATION = "email-verification"
    EMAIL_CHANGE = "email-change"
    EMAIL_CHANGED = "email-changed"
    PASSWORD_RESET = "password-reset"  # noqa: S105  # names a mail
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  # names a mail
