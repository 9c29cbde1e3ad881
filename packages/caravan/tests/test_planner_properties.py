"""Whatever revisions there are: an order that respects every requirement, or a cycle that is really one."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caravan import plan
from caravan.errors import RequirementCycle
from caravan.manifest import App
from caravan.revisions import Revision, Revisions

Key = tuple[str, str]
APPS = ("ape", "bee", "cat")

# The same examples on every machine, however slow it is.
steady = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def app(name: str) -> App:
    nowhere = Path(name)
    return App(name, name, nowhere, name, "m:m", None, nowhere, "alembic_version", "o", "r")


@st.composite
def fleets(draw: st.DrawFn) -> dict[str, Revisions]:
    """Three apps whose revisions follow one another and require any others."""
    sizes = {name: draw(st.integers(0, 5)) for name in APPS}
    fleet = {}
    for name in APPS:
        made: dict[str, Revision] = {}
        for number in range(sizes[name]):
            others = [other for other in APPS if other != name and sizes[other]]
            chosen = draw(st.sets(st.sampled_from(others), max_size=1)) if others else set()
            requires = {other: f"{other}{draw(st.integers(0, sizes[other] - 1))}" for other in sorted(chosen)}
            downs = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
            made[f"{name}{number}"] = Revision(
                app=name,
                id=f"{name}{number}",
                down=tuple(f"{name}{down}" for down in sorted(downs)),
                requires=requires,
                phase=None,
                accepts={},
                message="",
                path=Path(f"{name}{number}.py"),
                checksum="",
                transactional=True,
            )
        fleet[name] = Revisions(app(name), made)
    return fleet


def before(revision: Revision) -> set[Key]:
    return {(revision.app, down) for down in revision.down} | set(revision.requires.items())


def planned(fleet: dict[str, Revisions], applied: dict[str, set[str]], only: set[str]) -> list[Revision]:
    targets = {name: fleet[name].heads for name in sorted(only)}
    return plan.order(fleet, applied, targets, preference=APPS, elsewhere=lambda _app, _revision: False)


@steady
@given(fleet=fleets(), only=st.sets(st.sampled_from(APPS)))
def test_every_revision_comes_after_all_it_follows_and_requires(
    fleet: dict[str, Revisions], only: set[str]
) -> None:
    try:
        order = planned(fleet, {name: set() for name in APPS}, only)
    except RequirementCycle as problem:
        assert_a_real_cycle(fleet, str(problem))
        return
    done: set[Key] = set()
    for revision in order:
        assert before(revision) <= done
        assert (revision.app, revision.id) not in done
        done.add((revision.app, revision.id))
    heads = {(name, head) for name in only for head in fleet[name].heads}
    assert heads <= done
    asked_for = done if only == set(APPS) else {key for key in done if needed(fleet, key, heads)}
    assert done == asked_for


@steady
@given(fleet=fleets(), cut=st.integers(0, 15))
def test_going_on_after_a_stop_does_the_rest_in_the_same_order(fleet: dict[str, Revisions], cut: int) -> None:
    everything = set(APPS)
    try:
        order = planned(fleet, {name: set() for name in APPS}, everything)
    except RequirementCycle as problem:
        assert_a_real_cycle(fleet, str(problem))
        return
    applied = {name: {r.id for r in order[:cut] if r.app == name} for name in APPS}
    assert planned(fleet, applied, everything) == order[cut:]


@steady
@given(needs=st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdefx"))))
def test_an_app_is_preferred_after_those_it_references_unless_they_go_in_a_circle(
    needs: dict[str, set[str]],
) -> None:
    ranked = plan.preference(needs)
    assert sorted(ranked) == sorted(needs)
    for name, others in needs.items():
        for other in others & needs.keys() - {name}:
            assert ranked.index(other) < ranked.index(name) or reaches(needs, other, name)


def needed(fleet: dict[str, Revisions], key: Key, heads: set[Key]) -> bool:
    waiting, seen = list(heads), set(heads)
    while waiting:
        name, revision = waiting.pop()
        for earlier in before(fleet[name][revision]) - seen:
            seen.add(earlier)
            waiting.append(earlier)
    return key in seen


def reaches(needs: dict[str, set[str]], start: str, goal: str) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        for other in needs.get(waiting.pop(), set()) - seen:
            seen.add(other)
            waiting.append(other)
    return goal in seen


def assert_a_real_cycle(fleet: dict[str, Revisions], text: str) -> None:
    steps = re.findall(r"(\w+) (\w+\d)(?= waits for|\.)", text)
    assert len(steps) > 1
    assert steps[0] == steps[-1]
    for (name, revision), following in pairwise(steps):
        assert following in before(fleet[name][revision])


def test_dependents_are_the_applied_revisions_of_others_that_require_what_goes() -> None:
    def step(name: str, identifier: str, requires: dict[str, str]) -> Revision:
        return Revision(name, identifier, (), requires, None, {}, "", Path("x.py"), "", transactional=True)

    fleet = {
        "ape": Revisions(app("ape"), {"ape0": step("ape", "ape0", {})}),
        "bee": Revisions(
            app("bee"),
            {"bee0": step("bee", "bee0", {"ape": "ape0"}), "bee1": step("bee", "bee1", {"ape": "ape0"})},
        ),
    }
    applied = {"ape": {"ape0"}, "bee": {"bee0"}}
    [(revision, required)] = plan.dependents(fleet, applied, {("ape", "ape0")})
    assert (revision.id, required) == ("bee0", "ape0")


@pytest.mark.parametrize("names", [["a"], []])
def test_a_preference_of_one_or_none(names: list[str]) -> None:
    assert plan.preference(dict.fromkeys(names, ())) == names
