"""The chain's arithmetic: what a row says, and the hash that seals it together with the row before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# In this order; created_at is when the row was written and says nothing about what was done.
_SEALED = (
    "account_id",
    "sequence",
    "actor_kind",
    "actor_id",
    "action",
    "outcome",
    "reason",
    "resource",
    "resource_id",
    "metadata",
    "request_id",
    "ip_address",
    "user_agent",
    "occurred_at",
)

# The keys of what a row holds in metadata are sorted, for Postgres keeps no order of them.
_written = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode


def seal(row: Mapping[str, Any], previous_hash: bytes | None) -> bytes:
    """Hash a row's content after the hash of the row before it."""
    content = _written([_text(row[name]) for name in _SEALED])
    return hashlib.sha256((previous_hash or b"") + content.encode()).digest()


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict):
        return _written(value)
    return value if value is None or isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Verdict:
    """Whether a chain holds; if not, at which row it first breaks and why."""

    rows: int
    broken_at: int | None = None
    why: str | None = None

    @property
    def holds(self) -> bool:
        return self.broken_at is None


class Walk:
    """Walks through an account's rows in the order of their sequence.

    Args:
        length: the sequence that the account knows its last row by, when the walk begins.
        last_hash: that row's hash, as the account knows it: without it the newest rows could be cut off unseen.
    """

    def __init__(self, length: int, last_hash: bytes | None) -> None:
        self.rows = 0
        self._length = length
        self._last_hash = last_hash
        self._previous: bytes | None = None

    def step(self, row: Mapping[str, Any]) -> Verdict | None:
        """Take the next row; a verdict only if the chain breaks there."""
        expected = self.rows + 1
        if row["sequence"] != expected:
            return Verdict(self.rows, expected, f"row {expected} is missing")
        if row["previous_hash"] != self._previous:
            return Verdict(self.rows, expected, "previous_hash is not the hash of the row before")
        if row["hash"] != seal(row, self._previous):
            return Verdict(self.rows, expected, "the row's content does not give its hash")
        if expected == self._length and row["hash"] != self._last_hash:
            return Verdict(self.rows, expected, "the account knows another hash of this row")
        self.rows, self._previous = expected, row["hash"]
        return None

    def end(self) -> Verdict:
        """Say what became of it when there are no more rows."""
        if self.rows < self._length:
            return Verdict(self.rows, self.rows + 1, f"row {self.rows + 1} is missing")
        return Verdict(self.rows)
