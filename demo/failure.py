"""What ends the demo early."""

from __future__ import annotations


class DemoFailed(Exception):
    """Something did not go as the demo tells it."""
