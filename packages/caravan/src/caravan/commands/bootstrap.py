"""caravan bootstrap."""

from __future__ import annotations

import argparse

from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter
from caravan.database import Database
from caravan.manifest import discover
from caravan.migrating import bootstrap


def run(arguments: argparse.Namespace) -> int:
    """Make schemas, roles, privileges and bookkeeping where they are missing."""
    done = bootstrap(Database.from_environment(), discover(), report=reporter(as_json=arguments.json))
    if arguments.json:
        write_json({"done": done})
    else:
        write_line("Done" if done else "Nothing to do: roles, schemas and privileges are there.")
    return 0
