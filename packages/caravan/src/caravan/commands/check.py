"""caravan check."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict

from caravan import database, scratch
from caravan.checks import check
from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter
from caravan.database import Database
from caravan.errors import DIFFERENCES
from caravan.manifest import discover


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be known before a deploy; exit code 3 if anything is found."""
    apps = discover()
    with reporter(as_json=arguments.json).busy("Taking every revision up and down in a throwaway database"):
        findings = check(_live(), apps)
    if arguments.json:
        write_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            write_line(f"{finding.app}: {finding.message}  [{finding.check}]")
        count = len(findings)
        write_line(f"{count} found" if count else f"All is well with {', '.join(apps) or 'no app at all'}.")
    return DIFFERENCES if findings else 0


def _live() -> Database | None:
    """The live database, without which a scratch server is enough, as in CI."""
    if scratch.VARIABLE in os.environ and not os.environ.get(database.VARIABLE, "").strip():
        return None
    return Database.from_environment()
