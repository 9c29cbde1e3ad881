"""The half of `caravan migrate` that has something to do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from caravan.commands.output import write_json, write_line
from caravan.commands.reporting import reporter, steps_as_json
from caravan.database import Database
from caravan.lock import DEFAULT_WAIT
from caravan.manifest import App
from caravan.migrating import migrate
from caravan.outcome import Outcome


def apply(arguments: argparse.Namespace, database: Database, apps: Mapping[str, App]) -> int:
    """Apply what is pending and say what was done.

    Raises:
        CaravanError: whatever stands in the way.
    """
    report = reporter(as_json=arguments.json, verbose=arguments.verbose)
    outcome = migrate(
        database,
        apps,
        only=arguments.app,
        to=arguments.to,
        wait=DEFAULT_WAIT if arguments.wait is None else arguments.wait,
        server_wait=arguments.wait or 0.0,
        dry_run=arguments.dry_run,
        report=report,
    )
    if arguments.dry_run:
        report.planned(outcome.planned)
    if arguments.json:
        write_json(_as_json(outcome, dry_run=arguments.dry_run))
    elif arguments.dry_run:
        write_line("Nothing was changed." if outcome.planned else "Nothing to apply.")
    elif outcome.steps:
        write_line(f"Done: {len(outcome.steps)} applied in {outcome.seconds:.2f} s")
    elif outcome.statements:
        write_line(f"Done: privileges brought up to date in {outcome.seconds:.2f} s")
    else:
        write_line(f"Nothing to do: {arguments.app or 'every app'} is where it should be.")
    return 0


def _as_json(outcome: Outcome, *, dry_run: bool) -> dict[str, object]:
    if dry_run:
        return {
            "plan": [
                {"app": r.app, "revision": r.id, "message": r.message, "requires": dict(r.requires)}
                for r in outcome.planned
            ]
        }
    return {
        "applied": steps_as_json(outcome.steps),
        "nothing_to_do": not outcome.steps and not outcome.statements,
        "seconds": round(outcome.seconds, 3),
    }
