"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Args:
        check: which check found it.
        app: whose it is.
        message: what it is, in a sentence.
    """

    check: str
    app: str
    message: str
