from __future__ import annotations

from servicekit.problems import Conflict, NotFound, Problem


class OrderNotFound(NotFound):
    """order not found"""


class ClientOrderIdTaken(Conflict):
    """client_order_id must be unique: it names another order of this account"""


class Refusal(Problem):
    """The order is refused.

    Args:
        message: in Alpaca's words.
        reason: the same for machines, and for the audit row.
        members: what Alpaca's answer says besides.
    """

    def __init__(self, message: str, reason: str, **members: str) -> None:
        super().__init__(message)
        self.members = {"reason": reason} | members
        self.reason = reason


class Invalid(Refusal):
    """The order is not valid."""

    status = 422
    code = "INVALID_ORDER"


class NotAllowed(Refusal):
    """The account may not do this."""

    status = 403
    code = "ORDER_NOT_ALLOWED"
