"""What must not happen, as it is found."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

IN_FLIGHT = 0.2
"""Seconds after which a request has surely reached the process it was sent to."""


@dataclass
class Drain:
    """When an API process was last asked to finish, and when it had; in seconds of the monotonic clock.

    Args:
        asked: when it was asked.
        ended: when it was gone.
        surely: seconds after which a request has reached it.
    """

    asked: float = 0.0
    ended: float = 0.0
    surely: float = IN_FLIGHT

    def owes(self, started: float) -> bool:
        """Tell whether a request must be answered though its process was asked to finish.

        Args:
            started: when it was sent, in seconds of the monotonic clock.
        """
        return started > self.ended and started + self.surely < self.asked < time.monotonic()


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
