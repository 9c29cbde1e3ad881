"""A draft of a revision: the way from what the migrations make to what the models make, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.util.exc import CommandError

from caravan.blueprints import become_owner, catalog_of
from caravan.catalog import Catalog, Difference
from caravan.database import Database
from caravan.errors import CaravanError
from caravan.generate.tables import TableOperations, table_operations
from caravan.generate.trying import Trial, UnsafeEnum
from caravan.manifest import App
from caravan.scratch import ScratchServer


class CannotGenerate(CaravanError):
    """No revision of {app} can be written from its models: {reason} Nothing was kept. `caravan generate {app} --empty` gives an empty one to fill by hand."""

    name = "cannot-generate"


@dataclass(frozen=True)
class Draft:
    """What a revision would do.

    Args:
        upgrade: lines of Python.
        downgrade: lines of Python.
        imports: import lines they need.
        definitions: of everything it makes, changes or takes away.
        leftovers: what neither Alembic nor Caravan can bring about, as sentences.
    """

    upgrade: tuple[str, ...]
    downgrade: tuple[str, ...]
    imports: frozenset[str]
    definitions: tuple[str, ...]
    leftovers: tuple[str, ...]


def draft(
    scratch: ScratchServer, original: Database, app: App, apps: Mapping[str, App], goal: Catalog
) -> Draft | None:
    """Find the way from one database to a goal, by trying.

    Args:
        scratch: where to make another database, should one be needed.
        original: a throwaway database with what is there; what is tried in it is rolled back.
        app: whose objects.
        apps: all that are installed.
        goal: what the app should have.

    Returns:
        The draft, None if there is nothing to do.

    Raises:
        CannotGenerate: something that has to be done does not work.
    """
    with original.connect(role="scratch") as connection:
        origin = catalog_of(connection, app, apps)
    if origin.objects == goal.objects:
        return None
    try:
        return _tried(original, app, apps, (origin, goal), commits_labels=False)
    except UnsafeEnum:
        with scratch.clone(original) as database:
            return _tried(database, app, apps, (origin, goal), commits_labels=True)


def _tried(
    database: Database,
    app: App,
    apps: Mapping[str, App],
    ends: tuple[Catalog, Catalog],
    *,
    commits_labels: bool,
) -> Draft:
    origin, goal = ends
    with database.engine().connect() as connection:
        trial = Trial(connection, lambda raw: catalog_of(raw, app, apps), commits_labels=commits_labels)
        become_owner(trial.raw, app)
        operations = proposed(connection, app, origin, goal)
        trial.imports = operations.imports
        upgrade, missing = trial.reach(goal, operations.upgrade)
        _refuse_useless(app, upgrade, missing, trial.problems)
        downgrade, remaining = trial.reach(origin, operations.downgrade)
    leftovers = [f"after the upgrade, {left}" for left in _named(missing, "in the models")]
    leftovers += [f"after the downgrade, {left}" for left in _named(remaining, "before")]
    moved = origin.objects.items() ^ goal.objects.items()
    definitions = tuple(definition for _, definition in moved)
    return Draft(tuple(upgrade), tuple(downgrade), operations.imports, definitions, tuple(leftovers))


def proposed(connection: sa.Connection, app: App, current: Catalog, goal: Catalog) -> TableOperations:
    """Ask Alembic for its part.

    Raises:
        CannotGenerate: it cannot compare.
    """
    try:
        return table_operations(connection, app, current, goal)
    except (CommandError, sa.exc.SQLAlchemyError, NotImplementedError) as problem:
        raise CannotGenerate(app=app.name, reason=f"Alembic cannot compare: {problem}.") from problem


def _refuse_useless(app: App, done: list[str], missing: list[Difference], problems: list[str]) -> None:
    if missing and (problems or not done):
        reasons = [*problems, *_named(missing, "in the models")]
        raise CannotGenerate(app=app.name, reason="; ".join(reasons) + ".")


def _named(differences: list[Difference], wanted: str) -> list[str]:
    return [str(Difference(d.key, d.before, d.after, ("in the database", wanted))) for d in differences]
