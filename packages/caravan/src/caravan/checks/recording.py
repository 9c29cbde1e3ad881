"""Recording: what each app's catalog is after each of its revisions, noted while they are applied."""

from __future__ import annotations

from collections.abc import Mapping

from caravan.blueprints import catalog_of
from caravan.catalog import Catalog
from caravan.database import Database
from caravan.manifest import App
from caravan.report import Report
from caravan.revisions import Revision


class Recording:
    """The catalogs between the revisions of one run."""

    def __init__(self, apps: Mapping[str, App]) -> None:
        """Start without any.

        Args:
            apps: all that are installed.
        """
        self.apps = apps
        self.revisions: list[Revision] = []
        self._before: dict[tuple[str, str], Catalog] = {}
        self._newest: dict[str, Catalog] = {}

    def watching(self, database: Database) -> Report:
        """Give the report that records what is applied to a database."""
        return _Recorder(self, database)

    def before(self, revision: Revision) -> Catalog:
        """Give the catalog of the revision's app as it was before it; nothing before the first."""
        return self._before[revision.app, revision.id]

    def after_all(self, app: str) -> Catalog:
        """Give the catalog of an app as it was at the end."""
        return self._newest.get(app, Catalog({}))

    def look(self, database: Database, app: str) -> Catalog:
        """Read the catalog of an app, without the schema itself, which is no revision's work."""
        with database.connect(role="check") as connection:
            return catalog_of(connection, self.apps[app], self.apps).without("schema")

    def note(self, database: Database, revision: Revision) -> None:
        """Record what there is after a revision."""
        self.revisions.append(revision)
        self._before[revision.app, revision.id] = self.after_all(revision.app)
        self._newest[revision.app] = self.look(database, revision.app)


class _Recorder(Report):
    def __init__(self, recording: Recording, database: Database) -> None:
        self._recording = recording
        self._database = database

    def applied(self, revision: Revision, seconds: float) -> None:
        """Record what there is now."""
        del seconds
        self._recording.note(self._database, revision)
