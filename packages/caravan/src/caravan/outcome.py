"""What a run did."""

from __future__ import annotations

from dataclasses import dataclass

from caravan.revisions import Revision


@dataclass(frozen=True)
class Step:
    """A revision that was carried out, and how long that took in seconds."""

    revision: Revision
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Args:
        steps: the revisions it carried out.
        planned: the revisions it would carry out (a dry run).
        statements: the privileges it brought up to date.
        seconds: how long it took.
    """

    steps: tuple[Step, ...] = ()
    planned: tuple[Revision, ...] = ()
    statements: tuple[str, ...] = ()
    seconds: float = 0.0
