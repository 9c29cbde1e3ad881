"""Deaths at random, each kind as often as the others."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable, Iterable, Mapping


class Deck:
    """Kinds in random order; none comes again before all others came.

    Args:
        kinds: what there is.
        chance: decides the order.
    """

    def __init__(self, kinds: Iterable[str], chance: random.Random) -> None:
        self._kinds = list(kinds)
        self._chance = chance
        self._left: list[str] = []

    def draw(self) -> str:
        """Give the next kind."""
        if not self._left:
            self._left = self._chance.sample(self._kinds, len(self._kinds))
        return self._left.pop()


async def deaths(
    ways: Mapping[str, Callable[[], Awaitable[None]]],
    chance: random.Random,
    moment: Callable[[], Awaitable[None]],
    over: Callable[[], bool],
) -> Counter[str]:
    """Kill something again and again, until it is over.

    Args:
        ways: how to, by the kind of death; each starts again what it ended.
        chance: decides what.
        moment: waits for the next one's.
        over: whether there shall be no more.

    Returns:
        How often what was done.
    """
    deck, done = Deck(ways, chance), Counter(dict.fromkeys(ways, 0))
    await moment()
    while not over():
        what = deck.draw()
        await ways[what]()
        done[what] += 1
        await moment()
    return done
