"""The soaks, short: every kind of death at least once in trading's, and not one violation."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from workspace import ROOT

if TYPE_CHECKING:
    from typing import Any

ORDERS = 300


def soak(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_a_short_soak_of_trading_loses_nothing_and_doubles_nothing() -> None:
    told = soak("soak.trading", "--orders", str(ORDERS), "--clients", "8")

    assert told["violations"] == []
    assert told["orders"] >= ORDERS
    assert told["fills"] > 0
    assert sorted(told["deaths"]) == [
        "api asked to finish",
        "api killed",
        "postgres stopped immediately",
        "worker asked to finish",
        "worker killed",
    ]
    assert min(told["deaths"].values()) > 0


def test_a_glimpse_of_the_platforms_soak_finds_nothing() -> None:
    told = soak("soak.platform", "--minutes", "0.02", "--people", "2")

    assert told["violations"] == []
    assert told["acknowledged"]["sign-up"] > 0
