"""Which passwords may be set: length, common ones, and ones that are made of what a stranger knows."""

from platform_app.password_rules.errors import (
    PasswordRefused,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooPredictable,
    PasswordTooShort,
)
from platform_app.password_rules.normalisation import MAXIMUM_LENGTH, assert_not_too_long, normalise
from platform_app.password_rules.rules import PasswordRules, context_words

__all__ = [
    "MAXIMUM_LENGTH",
    "PasswordRefused",
    "PasswordRules",
    "PasswordTooCommon",
    "PasswordTooLong",
    "PasswordTooPredictable",
    "PasswordTooShort",
    "assert_not_too_long",
    "context_words",
    "normalise",
]
