"""The instruments that the committed file lists."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trading_app.rows import Row

_MIC = {"NASDAQ": "XNAS"}


def listed_instruments() -> list[Row]:
    text = (files("trading_app.seeding") / "instruments.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    # fractions of all of them are traded here: nothing is passed on to an exchange that would refuse
    return [
        {**row, "mic": _MIC.get(row["exchange"], "XNYS"), "fractionable": True}
        for row in csv.DictReader(lines)
    ]
