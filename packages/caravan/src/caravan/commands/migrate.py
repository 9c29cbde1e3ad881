"""caravan migrate."""

from __future__ import annotations

import argparse
import sys
import time

from caravan.commands.output import write_json, write_line
from caravan.database import Database
from caravan.manifest import discover, named
from caravan.requirements import wait_for_required
from caravan.startup import nothing_to_do

NOTHING = "Nothing to do"


def run(arguments: argparse.Namespace) -> int:
    """Apply everything that is pending.

    Raises:
        CaravanError: whatever stands in the way.
    """
    apps = discover()
    if arguments.app:
        named(apps, arguments.app)
    database = Database.from_environment()
    waiting = None if arguments.json else _say
    until = time.monotonic() + (arguments.wait or 0.0)
    if not arguments.to and nothing_to_do(database, apps, wait=arguments.wait or 0.0, waiting=waiting):
        return _nothing(as_json=arguments.json, dry_run=arguments.dry_run)
    if arguments.wait:
        left = max(0.0, until - time.monotonic())
        wait_for_required(database, apps, only=arguments.app, to=arguments.to, wait=left, waiting=waiting)
        arguments.wait = max(0.0, until - time.monotonic())
    # Only now is there work, and with it a reason to import SQLAlchemy and Alembic.
    from caravan.commands.applying import apply  # noqa: PLC0415 - start-up path, see above

    return apply(arguments, database, apps)


def _say(reason: str) -> None:
    sys.stderr.write(f"Waiting: {reason}\n")


def _nothing(*, as_json: bool, dry_run: bool) -> int:
    if as_json:
        write_json({"plan": []} if dry_run else {"applied": [], "nothing_to_do": True, "seconds": 0.0})
    else:
        write_line(f"{NOTHING}: every app is at its newest revision.")
    return 0
