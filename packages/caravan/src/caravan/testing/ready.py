"""Ready-made tests of an app's migrations.

In a test file of the app:

    from caravan.testing.ready import MigrationTests

    class TestMigrations(MigrationTests):
        app = "trading"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

import pytest

from caravan import grants
from caravan.blueprints import migrated
from caravan.checks import Finding, heads, models, ownership, references, rollbacks
from caravan.checks.recording import Recording
from caravan.database import Database
from caravan.manifest import App
from caravan.models import references_of
from caravan.scratch import ScratchServer


class MigrationTests:
    """Inherit from it and say which app it is about."""

    app: ClassVar[str]

    def test_there_is_one_head(self, caravan_apps: Mapping[str, App]) -> None:
        """Two people's revisions do not stand side by side."""
        self._fail_for(heads.check(caravan_apps))

    def test_the_models_match_the_migrations(
        self, caravan_scratch: ScratchServer, migrated_template: Database, caravan_apps: Mapping[str, App]
    ) -> None:
        """Both make the same catalog."""
        self._fail_for(models.check(caravan_scratch, migrated_template, caravan_apps, only=self.app))

    def test_the_references_hold(self, migrated_database: str, caravan_apps: Mapping[str, App]) -> None:
        """What the app uses of others is there, in their models and in what their migrations make."""
        self._fail_for(references.check_models(caravan_apps))
        with Database(migrated_database).connect(role="tests") as connection:
            unmet = grants.unmet(connection, references_of(caravan_apps[self.app]))
        self._fail_for(Finding(references.NAME, self.app, message) for message in unmet)

    def test_its_objects_are_its_own(self, migrated_database: str, caravan_apps: Mapping[str, App]) -> None:
        """Its tables are in its schema and belong to its owner."""
        self._fail_for(ownership.check_models(caravan_apps))
        with Database(migrated_database).connect(role="tests") as connection:
            self._fail_for(ownership.check_owners(connection, caravan_apps))

    def test_every_revision_goes_up_down_and_up_again(
        self, caravan_scratch: ScratchServer, caravan_apps: Mapping[str, App]
    ) -> None:
        """After down, the catalog is what it was before; after the second up, what it was after the first."""
        recording = Recording(caravan_apps)
        with migrated(caravan_scratch, caravan_apps, recording.watching) as database:
            self._fail_for(rollbacks.check(database, caravan_apps, recording))

    def _fail_for(self, findings: Iterable[Finding]) -> None:
        messages = [finding.message for finding in findings if finding.app == self.app]
        if messages:
            pytest.fail("\n".join(messages), pytrace=False)
