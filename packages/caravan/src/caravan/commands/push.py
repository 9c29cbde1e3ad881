"""caravan push."""

from __future__ import annotations

import argparse

from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter
from caravan.database import Database
from caravan.development import push
from caravan.manifest import discover, named


def run(arguments: argparse.Namespace) -> int:
    """Apply the models' difference directly, without a revision; for development only."""
    apps = discover()
    if arguments.app:
        named(apps, arguments.app)
    with reporter(as_json=arguments.json).busy("Making what the models say in a throwaway database"):
        statements = push(Database.from_environment(), apps, only=arguments.app)
    if arguments.json:
        write_json({"statements": statements})
        return 0
    for statement in statements:
        write_line(statement)
    write_line(
        f"Done: {len(statements)} statements"
        if statements
        else "Nothing to do: the database has what the models say."
    )
    return 0
