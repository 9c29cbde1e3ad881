"""What was measured, as a table for people and as JSON to keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench.machine import described, said
from bench.platform.rounds import LIMIT, Plan

if TYPE_CHECKING:
    from bench.platform.contestants import Programs
    from bench.platform.rounds import Key
    from bench.series import Series

PEERS = ("better-auth", "fastapi-users")
Json = dict[str, Any]


def report(found: dict[Key, Series], plan: Plan, facts: Json) -> Json:
    """Give everything worth keeping: nothing in it names a machine or a folder.

    Args:
        found: the measurements.
        plan: how they were made.
        facts: where they were made.
    """
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": facts,
        "plan": {"rounds": plan.rounds, "seconds": plan.seconds, "warm_up": plan.warm_up},
        "units": {"per_second": "answers", "p50, p99, server_cpu": "milliseconds"},
        "operations": {
            operation: {
                str(concurrency): _at(found, operation, concurrency) for concurrency in plan.concurrencies
            }
            for operation in plan.operations
        },
    }


def table(kept: Json) -> str:
    """Write the report for people.

    Args:
        kept: from `report`.
    """
    head = (
        f"{'operation':12}{'clients':>8}{'ours':>10}{'better-auth':>14}{'fastapi-users':>16}{'the limit':>12}"
    )
    ratios = f"{'/ better-auth':>16}{'/ fastapi-users':>17}{'/ limit':>9}{'p99 ms':>9}{'cpu ms of each server':>24}"
    lines = [head + ratios]
    for operation, concurrencies in kept["operations"].items():
        for concurrency, row in concurrencies.items():
            per_second = [row[name]["per_second"] for name in ("ours", *PEERS, LIMIT[operation])]
            ratio = row["ratios"]
            cpu = " ".join(f"{row[name].get('server_cpu', 0):.2f}" for name in ("ours", *PEERS))
            lines.append(
                f"{operation:12}{concurrency:>8}{per_second[0]:>10.1f}{per_second[1]:>14.1f}{per_second[2]:>16.1f}"
                f"{per_second[3]:>12.1f}{ratio[PEERS[0]]:>16.2f}{ratio[PEERS[1]]:>17.2f}{ratio['limit']:>9.2f}"
                f"{row['ours']['p99']:>9.1f}{cpu:>24}"
            )
    return "\n".join(lines)


def facts(programs: Programs, postgres: str, ceiling: float) -> Json:
    """Describe where it was measured, and by what.

    Args:
        programs: what ran the servers.
        postgres: its version.
        ceiling: answers per second that the load generator got from a server that does nothing.
    """
    return {
        **described(programs.ours, postgres),
        "node": said(programs.node, "--version").removeprefix("v"),
        "load_generator_ceiling_per_second": round(ceiling),
    }


def _at(found: dict[Key, Series], operation: str, concurrency: int) -> Json:
    names = ("ours", *PEERS, LIMIT[operation])
    row: Json = {name: found[operation, concurrency, name].summary() for name in names}
    ours = row["ours"]["per_second"]
    ratios = {name: ours / row[name]["per_second"] if row[name]["per_second"] else 0.0 for name in names[1:]}
    ratios["limit"] = ratios.pop(LIMIT[operation])
    return {**row, "ratios": {name: round(ratio, 3) for name, ratio in ratios.items()}}
