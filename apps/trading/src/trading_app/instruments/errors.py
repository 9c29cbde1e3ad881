from __future__ import annotations

from servicekit.problems import NotFound


class AssetNotFound(NotFound):
    """There is no such asset."""

    code = "ASSET_NOT_FOUND"
