from __future__ import annotations

from servicekit.problems import Conflict, Forbidden, InvalidInput, NotFound


class AccountNotFound(NotFound):
    """account not found"""


class RoleNotEnough(Forbidden):
    """Your role in this account does not allow this."""


class MemberNotFound(NotFound):
    """member not found"""


class UserNotFound(InvalidInput):
    """There is no such user."""


class OwnerStays(Conflict):
    """The owner's membership cannot be changed or ended."""


class NoPortfolioHistory(InvalidInput):
    """portfolio history is not supported"""
