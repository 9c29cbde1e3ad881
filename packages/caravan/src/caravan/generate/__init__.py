"""The next revision of an app, from its models: measured in throwaway databases, proven before it is kept."""

from __future__ import annotations

from caravan.generate.drafting import CannotGenerate, Draft, draft
from caravan.generate.writing import Generated, generate

__all__ = ["CannotGenerate", "Draft", "Generated", "draft", "generate"]
