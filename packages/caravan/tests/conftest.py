"""What Caravan's tests share: a workshop with an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import toy_brokerage
from workshop import ToyApp, Workshop


@pytest.fixture
def workshop(tmp_path: Path, empty_database: str) -> Iterator[Workshop]:
    made = Workshop(tmp_path, empty_database)
    yield made
    made.clear()


@pytest.fixture
def platform(workshop: Workshop) -> ToyApp:
    return toy_brokerage.platform(workshop)


@pytest.fixture
def trading(workshop: Workshop, platform: ToyApp) -> ToyApp:
    return toy_brokerage.trading(workshop, platform)
