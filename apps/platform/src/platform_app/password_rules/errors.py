"""Why a password is refused. The first two are better-auth's codes; the others are ours (ADR 0021)."""

from servicekit.problems import Problem


class PasswordRefused(Problem):
    """The password is refused."""

    status = 400
    code = "PASSWORD_REFUSED"


class PasswordTooShort(PasswordRefused):
    """Password too short"""

    code = "PASSWORD_TOO_SHORT"


class PasswordTooLong(PasswordRefused):
    """Password too long"""

    code = "PASSWORD_TOO_LONG"


class PasswordTooCommon(PasswordRefused):
    """This password is on the list of common passwords. Choose another."""

    code = "PASSWORD_TOO_COMMON"


class PasswordTooPredictable(PasswordRefused):
    """This password is made of your address, our name, or a few simple pieces. Choose another."""

    code = "PASSWORD_TOO_PREDICTABLE"
