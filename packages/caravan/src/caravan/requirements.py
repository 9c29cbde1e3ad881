"""What pending revisions require of apps that are deployed elsewhere, and waiting until it is there.

Nothing is locked meanwhile: whoever migrates the other app needs the runner's lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import psycopg

from caravan import bookkeeping, state
from caravan.database import Database
from caravan.manifest import App, named
from caravan.revisions import Revision, Revisions

_SHORTEST, _LONGEST = 0.2, 2.0  # seconds between two looks

Missing = list[tuple[Revision, str, str]]
"""A pending revision, and the app and revision it requires."""


def wait_for_required(
    database: Database,
    apps: Mapping[str, App],
    *,
    only: str | None = None,
    to: str | None = None,
    wait: float,
    waiting: Callable[[str], None] | None = None,
) -> None:
    """Wait until other apps' revisions are there; in the end the plan itself says which one is missing.

    Args:
        database: where.
        apps: all that are installed here.
        only: this app alone.
        to: this revision of it instead of its head.
        wait: seconds to wait at most, the server's own absence included.
        waiting: told what is waited for, whenever that changes.

    Raises:
        CaravanError: there is no connection, or the app or the revision does not exist.
    """
    until = time.monotonic() + wait
    revisions = {name: Revisions.load(app) for name, app in apps.items()}
    pause, told = _SHORTEST, ""
    while True:
        left = max(0.0, until - time.monotonic())
        with database.connect(wait=left, role="waiting", waiting=waiting) as connection:
            missing = _missing(connection, apps, revisions, only, to)
        reason = "; ".join(f"{app} {required}, which {each} requires" for each, app, required in missing)
        if not missing or time.monotonic() >= until:
            return
        if waiting and reason != told:
            waiting(reason)
            told = reason
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(pause * 1.5, _LONGEST)


def _missing(
    connection: psycopg.Connection,
    apps: Mapping[str, App],
    revisions: Mapping[str, Revisions],
    only: str | None,
    to: str | None,
) -> Missing:
    known = state.read(connection, apps.values())
    found: Missing = []
    for name in [named(dict(apps), only).name] if only else apps:
        wanted = (
            revisions[name].ancestors(revisions[name].find(to).id) if to else {r.id for r in revisions[name]}
        )
        for revision in known[name].pending(revisions[name]):
            if revision.id in wanted:
                found += [
                    (revision, app, required)
                    for app, required in revision.requires.items()
                    if app not in apps and not bookkeeping.has(connection, app, required)
                ]
    return found
