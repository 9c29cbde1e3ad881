"""What was applied is what the files say: no applied revision changed, none unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from caravan import state
from caravan.checks.finding import Finding
from caravan.errors import ChangedRevision, UnknownRevision
from caravan.manifest import App
from caravan.revisions import Revisions

NAME = "checksums"


def check(connection: psycopg.Connection, apps: Mapping[str, App]) -> Iterator[Finding]:
    """Compare applied revisions with their files.

    Args:
        connection: to the live database.
        apps: all that are installed.
    """
    known = state.read(connection, apps.values())
    for name, app in apps.items():
        revisions = Revisions.load(app)
        for unknown in known[name].unknown(revisions):
            yield Finding(NAME, name, str(UnknownRevision(app=name, revision=unknown)))
        for changed in known[name].changed(revisions):
            problem = ChangedRevision(app=name, revision=changed.id, path=changed.path)
            yield Finding(NAME, name, str(problem))
