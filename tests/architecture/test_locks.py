"""The locks in requirements/: complete, hashed, of one mind, and not behind what they are made from."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from workspace import PACKAGES, ROOT, project

FOLDER = ROOT / "requirements"
PURPOSES = sorted(path.stem for path in FOLDER.glob("*.in"))
PEERS = {"bench"}  # what we are measured against stands on versions of its own choice
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")


def test_every_purpose_has_a_lock_and_every_lock_a_purpose() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == PURPOSES
    assert {"migrate", "tests", "lint", "types", "platform", "trading"} <= set(PURPOSES)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_pin_carries_hashes(purpose: str) -> None:
    lines = (FOLDER / f"{purpose}.txt").read_text().splitlines()
    bare = [line for line, after in zip(lines, [*lines[1:], ""], strict=True) if is_bare(line, after)]
    assert bare == []


def is_bare(line: str, after: str) -> bool:
    return PINNED.match(line) is not None and not after.strip().startswith("--hash=sha256:")


def test_a_package_has_the_same_version_in_all_locks() -> None:
    """One version, or where a package no longer serves every Python, the same one per Python."""
    versions: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for purpose in set(PURPOSES) - PEERS:
        for name, pins in locked(purpose).items():
            versions[name].add(frozenset(pins))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_lock_satisfies_everything_it_is_made_from(purpose: str) -> None:
    unmet = [
        str(requirement)
        for requirement in required(FOLDER / f"{purpose}.in")
        if not any(requirement.specifier.contains(version) for version in pins(purpose, requirement))
    ]
    assert unmet == [], "run `nox -s lock`"


def pins(purpose: str, requirement: Requirement) -> set[str]:
    return locked(purpose).get(canonicalize_name(requirement.name), set())


@cache
def locked(purpose: str) -> dict[str, set[str]]:
    """Each package of a lock with its versions; more than one only where platforms differ."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in (FOLDER / f"{purpose}.txt").read_text().splitlines():
        if pin := PINNED.match(line):
            found[canonicalize_name(pin["name"])].add(pin["version"])
    return dict(found)


def required(source: Path) -> list[Requirement]:
    """What a .in file asks of registries, its own lines and those of the packages it installs."""
    found: list[Requirement] = []
    for written in source.read_text().splitlines():
        option, _, value = written.partition("#")[0].strip().partition(" ")
        if option == "-r":
            found += required(FOLDER / value)
        elif option == "-e":
            folder, _, extras = value.rstrip("]").partition("[")
            found += dependencies(ROOT / folder, set(filter(None, extras.split(","))))
        elif option:
            found.append(Requirement(option))
    return found


def dependencies(package: Path, extras: set[str]) -> list[Requirement]:
    """A package's own dependencies on third parties, those of the extras included."""
    ours = {project(path)["name"] for path in PACKAGES}
    optional = project(package).get("optional-dependencies", {})
    written = [*project(package)["dependencies"], *(line for extra in extras for line in optional[extra])]
    return [requirement for line in written if (requirement := Requirement(line)).name not in ours]
