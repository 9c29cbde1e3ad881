"""How a soak spreads deaths over its orders."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from functools import partial

from soak.deaths import Deck, deaths
from soak.trading.course import Course
from soak.violations import IN_FLIGHT, Drain

KINDS = ("a", "b", "c")


def dice() -> random.Random:
    return random.Random(1)  # noqa: S311  # dice, no secret


def test_every_kind_comes_before_one_comes_again() -> None:
    deck = Deck(KINDS, dice())
    rounds = [[deck.draw() for _ in KINDS] for _ in range(20)]

    assert all(sorted(each) == sorted(KINDS) for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1


def test_deaths_are_counted_until_it_is_over() -> None:
    died: list[str] = []

    async def die(what: str) -> None:
        died.append(what)

    ways = {kind: partial(die, kind) for kind in KINDS}
    done = asyncio.run(deaths(ways, dice(), partial(asyncio.sleep, 0), lambda: len(died) == 7))

    assert done == Counter(died)
    assert sorted(done.values()) == [2, 2, 3]


def test_orders_wait_for_the_death_that_is_due_and_a_run_for_its_last() -> None:
    course = Course(orders=100, kinds=3)
    told = []
    for course.deaths, course.placed in [(0, 24), (0, 25), (1, 25), (2, 75), (3, 75), (2, 100), (3, 100)]:
        told.append((course.full, course.over))

    assert told == [
        (False, False),
        (True, False),
        (False, False),
        (True, False),
        (False, False),
        (True, False),
        (False, True),
    ]


def test_a_run_whose_time_is_up_is_over() -> None:
    assert Course(orders=100, kinds=3, until=time.monotonic()).over


def test_a_death_comes_before_its_share_of_the_orders_is_full() -> None:
    course = Course(orders=100, kinds=3)
    marks = []
    for course.deaths in range(3):
        course.placed = 25 * (course.deaths + 1)
        asyncio.run(course.moment(dice()))
        marks.append(course.full)

    assert marks == [True, True, True]


def test_a_request_that_was_in_flight_when_its_process_was_asked_to_finish_is_owed_an_answer() -> None:
    now = time.monotonic()
    drain = Drain(asked=now - 1, ended=now - 10)
    sent = {
        "before the last drain ended": now - 11,
        "in flight": now - 1 - 2 * IN_FLIGHT,
        "perhaps on its way": now - 1 - IN_FLIGHT / 2,
        "after it was asked": now - 0.5,
    }

    assert [when for when, at in sent.items() if drain.owes(at)] == ["in flight"]
