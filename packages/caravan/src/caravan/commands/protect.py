"""caravan protect."""

from __future__ import annotations

import argparse

from caravan import bookkeeping
from caravan.commands.output import write_json, write_line
from caravan.database import Database


def run(arguments: argparse.Namespace) -> int:
    """Mark the database as one that push, reset and drop must leave alone, or lift that."""
    database = Database.from_environment()
    with database.connect(role="protect") as connection:
        bookkeeping.protect(connection, protected=not arguments.off)
    if arguments.json:
        write_json({"protected": not arguments.off})
    else:
        write_line(f"{database} is {'no longer ' if arguments.off else ''}protected.")
    return 0
