from __future__ import annotations

from servicekit.problems import Conflict, InvalidInput


class KeyReused(Conflict):
    """This Idempotency-Key was used for another request."""


class UnsoundKey(InvalidInput):
    """Idempotency-Key must have 1 to 255 printable ASCII characters."""
