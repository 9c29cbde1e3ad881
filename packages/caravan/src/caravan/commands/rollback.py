"""caravan rollback."""

from __future__ import annotations

import argparse

from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter, steps_as_json
from caravan.database import Database
from caravan.lock import DEFAULT_WAIT
from caravan.manifest import discover, named
from caravan.rolling_back import rollback


def run(arguments: argparse.Namespace) -> int:
    """Take back one app's newest revision, or all after a given one."""
    apps = discover()
    named(apps, arguments.app)
    outcome = rollback(
        Database.from_environment(),
        apps,
        arguments.app,
        to=arguments.to,
        wait=DEFAULT_WAIT if arguments.wait is None else arguments.wait,
        report=reporter(as_json=arguments.json),
    )
    if arguments.json:
        write_json({"rolled_back": steps_as_json(outcome.steps)})
    elif not outcome.steps:
        write_line(f"Nothing to do: {arguments.app} is at {arguments.to}.")
    else:
        write_line(f"Done: {len(outcome.steps)} rolled back in {outcome.seconds:.2f} s")
    return 0
