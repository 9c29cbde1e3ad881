"""caravan drop."""

from __future__ import annotations

import argparse

from caravan.commands.confirming import confirm
from caravan.commands.output import write_json, write_line
from caravan.database import Database
from caravan.development import drop
from caravan.manifest import discover


def run(arguments: argparse.Namespace) -> int:
    """Drop everything of every app; for development only."""
    database = Database.from_environment()
    confirm(arguments, f"drop in {database}")
    drop(database, discover())
    if arguments.json:
        write_json({"dropped": True})
    else:
        write_line(f"Done: {database} holds nothing of any app.")
    return 0
