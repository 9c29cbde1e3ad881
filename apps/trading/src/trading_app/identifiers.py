"""Identifiers that repeat in a replay: UUIDv7 whose time is the venue's and whose rest is a hash of what it names."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 7 << 76
_VARIANT = 2 << 62


def identifier(moment: datetime, *names: object) -> UUID:
    """Name something: the same moment and names give the same id, and later moments give greater ones."""
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode()).digest()
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    rest = int.from_bytes(digest[:10])
    return UUID(
        int=(milliseconds << 80) | _VERSION | ((rest >> 68 & 0xFFF) << 64) | _VARIANT | (rest & (1 << 62) - 1)
    )
