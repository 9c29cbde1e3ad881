"""How many independent guesses a password is made of.

A password of fifteen characters that is "password" and a run of digits takes two guesses, not fifteen. This
counts such pieces in time linear in the password's length; an estimator such as zxcvbn gives finer numbers but
takes seconds for a hostile input of 128 characters.
"""

import re
from collections.abc import Callable, Collection
from itertools import pairwise

SEPARATORS = " .-_"
SHORTEST_RUN = 3
SHORTEST_COMMON = 4
LONGEST_COMMON = 20
KEYBOARD_ROWS = (
    "`1234567890-=",
    "~!@#$%^&*()_+",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiopü",
    "yxcvbnm",
    "azertyuiop",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p",
)
_NEIGHBOURS = frozenset(pair for row in KEYBOARD_ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_YEAR = re.compile(r"(?=(?:19|20)[0-9]{2})")
_LEET = str.maketrans(
    {"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"}
)


def period(text: str) -> int:
    """The length of the shortest piece whose repetition gives the text; a last partial repetition counts."""
    borders = [0] * len(text)
    for i in range(1, len(text)):
        length = borders[i - 1]
        while length and text[i] != text[length]:
            length = borders[length - 1]
        borders[i] = length + (text[i] == text[length])
    return len(text) - borders[-1] if text else 0


def pieces(password: str, known: Collection[str], common: Collection[str]) -> int:
    """The least number of guesses that spell the password.

    Args:
        password: after NFKC.
        known: words a stranger knows (the address, the service's name), casefolded; they cost nothing.
        common: common passwords, casefolded; each costs one guess.
    """
    plain = password.casefold()
    return min(_cheapest(text, known, common) for text in (plain, plain.translate(_LEET)))


def _cheapest(text: str, known: Collection[str], common: Collection[str]) -> int:
    """Dynamic programming from the end: cost[i] is the least cost of text[i:]."""
    runs = _runs(text)
    years = {match.start() for match in _YEAR.finditer(text)}
    longest = max([LONGEST_COMMON, *map(len, known)])
    cost = [0] * (len(text) + 1)
    for i in range(len(text) - 1, -1, -1):
        cost[i] = cost[i + 1] + (text[i] not in SEPARATORS)
        for end in range(i + SHORTEST_RUN, min(i + longest, len(text)) + 1):
            word = text[i:end]
            if word in known:
                cost[i] = min(cost[i], cost[end])
            elif end - i >= SHORTEST_COMMON and word in common:
                cost[i] = min(cost[i], cost[end] + 1)
        if i in years:
            cost[i] = min(cost[i], cost[i + 4] + 1)
        for end in range(i + SHORTEST_RUN, runs[i] + 1):
            cost[i] = min(cost[i], cost[end] + 1)
    return cost[0]


def _runs(text: str) -> list[int]:
    """For each position the furthest end of a run (aaa, abc, 321, qwe) that starts there."""
    kinds: tuple[Callable[[str, str], bool], ...] = (
        lambda a, b: a == b,
        lambda a, b: ord(b) - ord(a) == 1,
        lambda a, b: ord(b) - ord(a) == -1,
        lambda a, b: a + b in _NEIGHBOURS,
    )
    furthest = list(range(1, len(text) + 1))
    for kind in kinds:
        end = len(text)
        for i in range(len(text) - 2, -1, -1):
            if not kind(text[i], text[i + 1]):
                end = i + 1
            furthest[i] = max(furthest[i], end)
    return furthest
