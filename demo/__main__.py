"""Plays the demo on a scratch database of the server that DATABASE_URL names, and prints what came of it.

Exit code 0 if everything went as told; else 1, with what did not on standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
from rich.console import Console

from demo import pages
from demo.failure import DemoFailed
from demo.stage import prepared, running
from demo.story import check, play, seeded

if TYPE_CHECKING:
    from types import FrameType

_WIDTH = 100
_INTERRUPTED = 130


def main() -> int:
    """Play it, and give the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _play()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (DemoFailed, httpx.HTTPError, psycopg.Error) as error:
        sys.stderr.write(f"error: the demo failed: {error}\n")
        return 1
    return 0


def _play() -> None:
    began = time.monotonic()
    console = Console(width=_WIDTH, highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="demo-") as name,
        prepared(os.environ["DATABASE_URL"], Path(name)) as database,
    ):
        database.run("caravan", "migrate")
        console.print(seeded(database))
        with running(database, Path(name)) as stage:
            people = play(stage, console.print)
            for page in (pages.orders, pages.positions, pages.ledger, pages.reconciliation):
                console.print(page(people))
            console.print(check(stage, people))
            for person in people:
                person.close()
    sys.stdout.flush()
    sys.stderr.write(f"Done in {time.monotonic() - began:.0f} s; the scratch database is gone.\n")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
