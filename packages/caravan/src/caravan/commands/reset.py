"""caravan reset."""

from __future__ import annotations

import argparse

from caravan.commands.confirming import confirm
from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter, steps_as_json
from caravan.database import Database
from caravan.development import reset
from caravan.manifest import discover


def run(arguments: argparse.Namespace) -> int:
    """Drop everything of every app and migrate from nothing; for development only."""
    database = Database.from_environment()
    confirm(arguments, f"reset of {database}")
    outcome = reset(database, discover(), report=reporter(as_json=arguments.json))
    if arguments.json:
        write_json({"applied": steps_as_json(outcome.steps), "seconds": round(outcome.seconds, 3)})
    else:
        write_line(
            f"Done: {database} was emptied and {len(outcome.steps)} applied in {outcome.seconds:.2f} s"
        )
    return 0
