"""Measures the trading service: `nox -s bench -- trading [--quick]`; DATABASE_URL must be a superuser's."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from bench.databases import database, version
from bench.trading import limits
from bench.trading.depth import STEPS
from bench.trading.operations import OPERATIONS
from bench.trading.report import report, table
from bench.trading.rounds import Plan, measure_all
from bench.trading.stage import open_accounts, stage

if TYPE_CHECKING:
    from bench.trading.rounds import Found
    from bench.trading.stage import Stage

QUICK: dict[str, Any] = {
    "rounds": 1,
    "seconds": 1,
    "warm_up": 0.2,
    "concurrencies": (1, 8),
    "stored": (1_000, 10_000),
}


def main() -> int:
    """Measure, print the table, and keep the JSON unless it was a quick look."""
    options = _options()
    some = tuple(each for each in OPERATIONS if options.only in {None, each.name})
    steps = tuple(step for step in STEPS if step <= options.stored)
    plan = Plan(options.rounds, options.seconds, options.warm_up, operations=some, stored=steps)
    if options.quick:
        plan = replace(plan, **QUICK)
    server = os.environ["DATABASE_URL"]
    with tempfile.TemporaryDirectory() as folder, database(server) as url:
        with stage(options.ours, url, Path(folder)) as here:
            limits.prepare(url)
            found = uvloop.run(_measure(here, plan, options.ours, Path(folder)))
        kept = report(found, plan, options.ours, version(server))
    sys.stdout.write(table(kept) + "\n")
    if not (options.quick or options.only):
        options.to.parent.mkdir(parents=True, exist_ok=True)
        options.to.write_text(json.dumps(kept, indent=2) + "\n")
    return 0


async def _measure(here: Stage, plan: Plan, python: str, folder: Path) -> Found:
    await open_accounts(here)
    return await measure_all(here, plan, python, folder, _tell)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench -- trading")
    parser.add_argument("--quick", action="store_true", help="whether it works; the numbers mean nothing")
    parser.add_argument("--only", choices=[each.name for each in OPERATIONS], help="one operation")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each window")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before each window")
    parser.add_argument(
        "--stored", type=int, default=0, help=f"orders stored at most, of {', '.join(map(str, STEPS))}"
    )
    parser.add_argument("--ours", required=True, help="the Python that has the trading service")
    parser.add_argument(
        "--to", type=Path, default=Path("bench/results/trading.json"), help="where to keep it"
    )
    return parser.parse_args()


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main())
