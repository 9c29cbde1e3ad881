"""Every revision goes back: after down the catalog is what it was before, and up works a second time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caravan.catalog import compare
from caravan.checks.finding import Finding
from caravan.checks.recording import Recording
from caravan.database import Database
from caravan.errors import CaravanError
from caravan.manifest import App
from caravan.migrating import migrate
from caravan.report import Report
from caravan.revisions import Revision
from caravan.rolling_back import take_back

NAME = "rollbacks"


def check(database: Database, apps: Mapping[str, App], recording: Recording) -> Iterator[Finding]:
    """Take every revision back, newest first, and apply them all again.

    Args:
        database: a throwaway one with what the migrations make.
        apps: all that are installed.
        recording: the catalogs from when they were applied.
    """
    going = recording.revisions[::-1]
    comparing = _Comparing(database, recording)
    try:
        take_back(database, apps, going, report=comparing)
    except CaravanError as problem:
        if comparing.count == len(going):  # no revision's fault
            raise
        yield from comparing.found
        yield _finding(going[comparing.count], f"cannot be taken back. {problem}")
        return
    yield from comparing.found
    yield from _again(database, apps, recording)


class _Comparing(Report):
    """Looks, after each revision that went back, whether all is as it was before it came."""

    def __init__(self, database: Database, recording: Recording) -> None:
        self._database = database
        self._recording = recording
        self.count = 0
        self.found: list[Finding] = []

    def rolled_back(self, revision: Revision, seconds: float) -> None:
        """Compare the catalogs."""
        del seconds
        self.count += 1
        now = self._recording.look(self._database, revision.app)
        for difference in compare(self._recording.before(revision), now):
            what = f"does not go back to what was before it: {difference}"
            self.found.append(_finding(revision, what))


def _again(database: Database, apps: Mapping[str, App], recording: Recording) -> Iterator[Finding]:
    try:
        migrate(database, apps)
    except CaravanError as problem:
        app = str(problem.details.get("app", ""))
        yield Finding(NAME, app, f"after going back, the revisions cannot be applied again. {problem}")
        return
    names = ("the first time", "the second time")
    for app in apps:
        for difference in compare(recording.after_all(app), recording.look(database, app), names):
            yield Finding(NAME, app, f"going back and forth makes something else: {difference}")


def _finding(revision: Revision, what: str) -> Finding:
    return Finding(NAME, revision.app, f"{revision} ({revision.message}) {what}")
