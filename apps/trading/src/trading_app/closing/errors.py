from __future__ import annotations

from servicekit.problems import Conflict, Forbidden


class OpenOrders(Conflict):
    """The account has open orders: cancel them first."""


class OpenPositions(Conflict):
    """The account has open positions: close them first."""


class AccountBlocked(Forbidden):
    """The account is blocked: no money may leave it."""
