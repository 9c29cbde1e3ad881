"""The soaks, short: every kind of death once, and not one violation."""

from __future__ import annotations

import json
import subprocess
import sys

from workspace import ROOT

ORDERS = 300


def test_a_short_soak_of_trading_loses_nothing_and_doubles_nothing() -> None:
    command = [sys.executable, "-m", "soak.trading", "--orders", str(ORDERS), "--clients", "8"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads(ended.stdout)

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
