"""Measures the platform service: `nox -s bench -- platform [--quick]`; DATABASE_URL must be a superuser's."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop

from bench.databases import database, version
from bench.platform import contestants
from bench.platform.ceiling import ceiling
from bench.platform.contestants import Programs, crowd
from bench.platform.report import facts, report, table
from bench.platform.rounds import OPERATIONS, Plan, run

QUICK: dict[str, Any] = {"rounds": 1, "seconds": 0.5, "warm_up": 0.2, "concurrencies": (1, 8)}
STARTS = (contestants.ours, contestants.better_auth, contestants.fastapi_users)


def main() -> int:
    """Measure, print the table, and keep the JSON unless it was a quick look."""
    options = _options()
    operations = (options.only,) if options.only else OPERATIONS
    plan = Plan(options.rounds, options.seconds, options.warm_up, operations=operations)
    if options.quick:
        plan = replace(plan, **QUICK)
    programs = Programs(options.ours, sys.executable, shutil.which("node") or "node")
    kept = uvloop.run(_measure(programs, os.environ["DATABASE_URL"], plan))
    sys.stdout.write(table(kept) + "\n")
    if not (options.quick or options.only):
        options.to.parent.mkdir(parents=True, exist_ok=True)
        options.to.write_text(json.dumps(kept, indent=2) + "\n")
    return 0


async def _measure(programs: Programs, server: str, plan: Plan) -> dict[str, object]:
    most = max(plan.concurrencies)
    described = facts(programs, version(server), await ceiling(most))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        databases = [stack.enter_context(database(server)) for _ in STARTS]
        started = [
            stack.enter_context(start(programs, url, folder))
            for start, url in zip(STARTS, databases, strict=True)
        ]
        crowds = [await crowd(contestant, most) for contestant in started]
        return report(await run(crowds, databases[0], plan, _tell), plan, described)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench -- platform")
    parser.add_argument("--quick", action="store_true", help="whether it works; the numbers mean nothing")
    parser.add_argument("--only", choices=OPERATIONS, help="one operation")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each window")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before each window")
    parser.add_argument("--ours", required=True, help="the Python that has the platform service")
    parser.add_argument(
        "--to", type=Path, default=Path("bench/results/platform.json"), help="where to keep it"
    )
    return parser.parse_args()


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main())
