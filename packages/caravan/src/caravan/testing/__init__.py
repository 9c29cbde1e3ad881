"""A pytest plugin: databases built by the real migrations, and tests that every app should have.

Load it with `pytest_plugins = ["caravan.testing"]`. The server comes from a fixture `postgres_server` with an attribute
`url`, if there is one, else from DATABASE_URL. `caravan.testing.ready` holds the ready-made tests.
"""

from __future__ import annotations

from caravan.testing.fixtures import (
    caravan_apps,
    caravan_scratch,
    migrated_database,
    migrated_template,
)

__all__ = ["caravan_apps", "caravan_scratch", "migrated_database", "migrated_template"]
