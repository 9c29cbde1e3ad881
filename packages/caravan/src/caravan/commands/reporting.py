"""What a command that carries something out tells meanwhile, and afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from caravan.outcome import Step
from caravan.report import ConsoleReport, Report


def reporter(*, as_json: bool, verbose: bool = False) -> Report:
    """Give the report of a run: silent under --json, on standard output otherwise."""
    return Report() if as_json else ConsoleReport(Console(highlight=False), verbose=verbose)


def steps_as_json(steps: Iterable[Step]) -> list[dict[str, object]]:
    """Give the steps of a run as JSON values."""
    return [
        {
            "app": s.revision.app,
            "revision": s.revision.id,
            "message": s.revision.message,
            "seconds": round(s.seconds, 3),
        }
        for s in steps
    ]
