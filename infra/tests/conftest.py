"""Gives these tests the images, and a project of the compose file that is up; prints what was measured.

They need an engine and a few minutes, so they are no part of `nox -s tests`: `nox -s containers` runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compose_project import Project
from engine import engine
from images import DERIVED, build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter

figures_key = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[figures_key] = []


def pytest_report_header() -> str:
    return f"containers: {' '.join(engine().compose)}"


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("measured")
    for figure in config.stash[figures_key]:
        terminalreporter.line(figure)


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> list[str]:
    """What is printed in the end, a line each."""
    return request.config.stash[figures_key]


@pytest.fixture(scope="session", autouse=True)
def images() -> Iterator[dict[str, str]]:
    """Every image of the Dockerfile, by target; they stay, and what tests derived from them goes."""
    yield {target: build(target) for target in ("platform", "trading", "mailbox")}
    for name in DERIVED:
        engine().remove_image(name)


@pytest.fixture(scope="session")
def project(images: dict[str, str]) -> Iterator[Project]:
    """The whole compose file, up and seeded, from nothing."""
    assert images
    with Project() as project:
        project.up()
        project.until_ready()
        project.exec("trading", "trading", "seed")
        yield project
