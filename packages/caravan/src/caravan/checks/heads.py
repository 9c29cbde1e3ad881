"""One head per app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caravan.checks.finding import Finding
from caravan.errors import TwoHeads
from caravan.manifest import App
from caravan.revisions import Revisions

NAME = "heads"


def check(apps: Mapping[str, App]) -> Iterator[Finding]:
    """Find apps whose revisions end in several heads.

    Args:
        apps: all that are installed.
    """
    for name, app in apps.items():
        try:
            Revisions.load(app).head  # noqa: B018 - raises TwoHeads
        except TwoHeads as problem:
            yield Finding(NAME, name, str(problem))
