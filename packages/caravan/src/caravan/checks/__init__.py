"""Everything that can be known before a deploy: each check one module, what they find one list."""

from __future__ import annotations

from caravan.checks.checking import check
from caravan.checks.finding import Finding

__all__ = ["Finding", "check"]
