"""`metadata.create_all()` and the migrations make the same schema, object by object."""

from __future__ import annotations

import psycopg
import sqlalchemy

from caravan.catalog import Catalog, compare, read
from caravan.database import Database
from caravan.manifest import discover
from caravan.models import metadata_of
from caravan.rolling_back import rollback

SCHEMAS = ["platform", "trading"]


def _look(url: str) -> Catalog:
    with psycopg.connect(url) as connection:
        found = read(connection, SCHEMAS)
    # Owners and grants are Caravan's to make, and alembic_version is Alembic's.
    return found.without("owner", "grant").where(lambda key: key.root.name[:1] != ("alembic_version",))


def test_create_all_makes_exactly_what_the_migrations_make(empty_database: str, migrated_url: str) -> None:
    engine = Database(empty_database).engine()
    with engine.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sqlalchemy.schema.CreateSchema(schema))
            metadata_of(discover()[schema]).create_all(connection)

    from_models, from_migrations = _look(empty_database), _look(migrated_url)

    assert len(from_models) > 500
    differences = compare(from_models, from_migrations, ("in the models", "in the migrations"))
    assert [str(difference) for difference in differences] == []


def test_create_all_may_be_repeated(empty_database: str) -> None:
    engine = Database(empty_database).engine()
    with engine.begin() as connection:
        for schema in SCHEMAS:
            connection.execute(sqlalchemy.schema.CreateSchema(schema))
            metadata_of(discover()[schema]).create_all(connection)
    once = _look(empty_database)

    with engine.begin() as connection:
        for schema in SCHEMAS:
            metadata_of(discover()[schema]).create_all(connection)

    assert compare(once, _look(empty_database)) == []


def test_rolling_everything_back_leaves_nothing(migrated_copy: str) -> None:
    apps = discover()
    database = Database(migrated_copy)

    for app in ("trading", "platform"):
        rollback(database, apps, app, to="base")

    left = _look(migrated_copy)
    assert [str(key) for key in left if key.kind != "schema"] == []
