from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class PositionNotFound(NotFound):
    """position does not exist"""


class UnsoundShare(InvalidInput):
    """Give qty or percentage, not both; percentage is above 0 and at most 100."""
