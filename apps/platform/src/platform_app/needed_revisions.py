"""The schema that this version of the code was written for."""

from __future__ import annotations

from caravan.manifest import read
from caravan.revisions import Revisions
from servicekit.health import NeededRevisions


def needed_revisions() -> NeededRevisions:
    app = read("platform_app")
    return NeededRevisions(app.schema, app.version_table, tuple(r.id for r in Revisions.load(app)))
