"""caravan history."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from caravan import bookkeeping
from caravan.commands.output import write_json, write_line
from caravan.database import Database
from caravan.manifest import discover, named


def run(arguments: argparse.Namespace) -> int:
    """Show who applied what, when, how long it took, and from which version of the code."""
    if arguments.app:
        named(discover(), arguments.app)
    with Database.from_environment().connect(role="history") as connection:
        entries = bookkeeping.history(connection, arguments.app)
    if arguments.json:
        write_json({"history": [asdict(e) | {"started_at": e.started_at.isoformat()} for e in entries]})
        return 0
    for entry in entries:
        took = f"{entry.seconds:.2f} s" if entry.seconds is not None else "not finished"
        version = f"  code {entry.code_version}" if entry.code_version else ""
        write_line(
            f"{entry.started_at:%Y-%m-%d %H:%M:%S %Z}  {entry.direction:<4}  {entry.status:<8}"
            f"  {entry.app} {entry.revision}  {took}  by {entry.applied_by}{version}"
        )
    if not entries:
        write_line("Nothing was applied yet.")
    return 0
