from __future__ import annotations

from servicekit.problems import InvalidInput, NotFound


class RestrictionNotFound(NotFound):
    """restriction not found"""


class LimitNotFound(NotFound):
    """risk limit not found"""


class AssetUnknown(InvalidInput):
    """There is no such asset."""
