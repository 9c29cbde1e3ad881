"""What was measured, as a table for people and as JSON to keep."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench.machine import described
from bench.trading.limits import PGLEDGER

if TYPE_CHECKING:
    from bench.trading.rounds import Found, Plan

Json = dict[str, Any]


def report(found: Found, plan: Plan, python: str, postgres: str) -> Json:
    """Give everything worth keeping; nothing in it names a machine or a folder.

    Args:
        found: the measurements.
        plan: how they were made.
        python: what ran the service.
        postgres: its version.
    """
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": described(python, postgres),
        "plan": {"rounds": plan.rounds, "seconds": plan.seconds, "warm_up": plan.warm_up},
        "units": {"per_second": "answers; for trade, filled orders", "p50, p99": "milliseconds"},
        "operations": found.operations,
        "fills": found.fills,
        "round_trips": found.round_trips,
        "log_bytes": found.log_bytes,
        "stored": found.stored,
        "pgledger": PGLEDGER,
    }


def table(kept: Json) -> str:
    """Write the report for people.

    Args:
        kept: from `report`.
    """
    lines = [
        f"{'operation':11}{'clients':>8}{'processes':>11}{'per second':>12}{'the limit':>11}{'ratio':>7}{'p50 ms':>9}{'p99 ms':>9}"
    ]
    for operation, rows in kept["operations"].items():
        lines += [
            f"{operation:11}{row['clients']:>8}{row['processes']:>11}{row['ours']['per_second']:>12.0f}"
            f"{row['limit']:>11.0f}{row['ratio']:>7.2f}{row['ours']['p50']:>9.1f}{row['ours']['p99']:>9.1f}"
            for row in rows
        ]
    fills, trips, log = kept["fills"], kept["round_trips"], kept["log_bytes"]
    lines += [
        "",
        (
            f"The worker fills {fills['per_second']:.0f} a second of 1,000 orders that rest; the limit for the same rows is"
            f" {fills['limit']:.0f} with 8 clients ({fills['ratio']:.2f}), {fills['limit_of_one_client']:.0f} with one."
        ),
        (
            f"An order takes {trips['per order']:.2f} round trips to Postgres and {log['ours']:.0f} bytes of its log; the limit's"
            f" function writes {log['limit']:.0f}."
        ),
        (
            f"pgledger made {PGLEDGER['transfers_per_second']} transfers a second where a bare order with its fill took"
            f" {PGLEDGER['limit_per_second']}, with {PGLEDGER['clients']} clients:"
            f" {PGLEDGER['transfers_per_second'] / PGLEDGER['limit_per_second']:.2f}."
        ),
    ]
    for stored, row in kept["stored"].items():
        lines.append(
            f"With {int(stored):>10,} orders stored: {row['rest']['per_second']:.0f} orders a second"
            f" (p50 {row['rest']['p50']:.1f} ms), {row['list']['per_second']:.0f} lists (p50 {row['list']['p50']:.1f} ms)"
        )
    return "\n".join(lines)
