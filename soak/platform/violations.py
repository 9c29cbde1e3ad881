"""What must not happen, as it is found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Findings:
    """What a run saw.

    Args:
        answers: how often each status was answered; `none` where the connection ended without an answer.
        violations: what must not happen.
        acknowledged: how many changes of each kind were acknowledged.
    """

    answers: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)

    def must(self, what: str, *, hold: bool) -> None:
        """Note a violation unless it holds."""
        if not hold:
            self.violations.append(what)
