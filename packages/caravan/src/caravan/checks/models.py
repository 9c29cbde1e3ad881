"""Models and migrations agree: both make the same catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caravan.blueprints import catalog_of, modelled
from caravan.catalog import compare
from caravan.checks.finding import Finding
from caravan.database import Database
from caravan.manifest import App
from caravan.scratch import ScratchServer

NAME = "models"


def check(
    scratch: ScratchServer, original: Database, apps: Mapping[str, App], *, only: str | None = None
) -> Iterator[Finding]:
    """Compare what the models make with what the migrations make.

    Args:
        scratch: where to build the former.
        original: the latter.
        apps: all that are installed.
        only: look at this app alone.
    """
    for name, app in apps.items():
        if only not in {None, name}:
            continue
        with original.connect(role="check") as connection:
            before = catalog_of(connection, app, apps)
        with modelled(scratch, original, app, apps) as database, database.connect(role="check") as connection:
            after = catalog_of(connection, app, apps)
        for difference in compare(before, after, ("in the migrations", "in the models")):
            yield Finding(NAME, name, f"{difference}. `caravan generate {name}` writes the revision")
