"""How far a run has come: when clients hold back, when somebody dies, and when it is over."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SOONEST, LATEST = 1.0, 4.0
"""Seconds between one death and the next."""

_LOOK = 0.005


@dataclass
class Course:
    """A run's.

    Each kind of death happens at least once, amid orders: until then the clients place no more than that death's
    share of them. A run of a few hundred orders would be over before anything died.

    Args:
        orders: so many are to be placed.
        kinds: of death.
        until: when it is over at the latest, in seconds of the monotonic clock.
    """

    orders: int
    kinds: int
    until: float = float("inf")
    placed: int = 0
    deaths: int = 0

    @property
    def over(self) -> bool:
        """Whether all is placed and each death was died, or time is up."""
        return time.monotonic() >= self.until or (self.placed >= self.orders and self.deaths >= self.kinds)

    @property
    def full(self) -> bool:
        """Whether no order is to be placed before the next death."""
        return self.deaths < self.kinds and self.placed >= self._share(self.deaths + 1)

    async def moment(self, chance: random.Random) -> None:
        """Wait for the next death's moment: seconds from now, or somewhere in its share of the orders.

        Args:
            chance: decides.
        """
        at = time.monotonic() + chance.uniform(SOONEST, LATEST)
        begun = self._share(self.deaths)
        mark = begun + chance.random() * (self._share(self.deaths + 1) - begun)
        while not self.over and time.monotonic() < at:
            if self.deaths < self.kinds and self.placed >= mark:
                return
            await asyncio.sleep(_LOOK)

    def _share(self, deaths: int) -> float:
        return self.orders * deaths / (self.kinds + 1)
