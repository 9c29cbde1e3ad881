"""caravan generate."""

from __future__ import annotations

import argparse

from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter
from caravan.database import Database
from caravan.generate import generate
from caravan.manifest import discover, named


def run(arguments: argparse.Namespace) -> int:
    """Write the next revision of an app from its models, and show what it would run."""
    apps = discover()
    app = named(apps, arguments.app)
    database = Database.from_environment()
    with reporter(as_json=arguments.json).busy("Trying it in a throwaway database"):
        made = generate(app, arguments.message, apps=apps, database=database, empty=arguments.empty)
    if made is None:
        if arguments.json:
            write_json({"nothing_to_generate": True})
        else:
            write_line(f"Nothing to generate: {app.name}'s models say what its revisions make.")
        return 0
    findings = [str(finding) for finding in made.findings]
    if arguments.json:
        write_json(
            {
                "path": str(made.path),
                "revision": made.revision,
                "requires": dict(made.requires),
                "sql": made.sql,
                "findings": findings,
                "warnings": list(made.warnings),
            }
        )
        return 0
    write_line(f"Wrote {made.path}")
    for required_app, required in made.requires.items():
        write_line(f"  requires {required_app} {required}")
    if made.sql:
        write_line(made.sql)
    for line in (*findings, *made.warnings):
        write_line(f"  note: {line}")
    return 0
