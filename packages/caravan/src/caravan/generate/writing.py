"""Generating: from the models to a revision file that was seen to work up, down and up again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caravan import lint, state
from caravan.blueprints import catalog_of, migrate_around, modelled, surroundings
from caravan.catalog import Catalog, compare
from caravan.database import Database
from caravan.errors import CaravanError, PendingRevisions
from caravan.generate.drafting import CannotGenerate, draft
from caravan.generate.quoting import mentions
from caravan.generate.revision_file import RevisionFile, upgrade_sql
from caravan.manifest import App
from caravan.models import references_of
from caravan.revisions import Revisions
from caravan.rolling_back import rollback
from caravan.scratch import scratch_server
from caravan.stand_ins import newest, note, stand_in


@dataclass(frozen=True)
class Generated:
    """A revision that was written.

    Args:
        path: its file.
        revision: its identifier.
        requires: the revisions of other apps it names.
        sql: what it would run.
        findings: what the linter says about that.
        warnings: what is still to be done by hand, as sentences.
    """

    path: Path
    revision: str
    requires: dict[str, str]
    sql: str
    findings: tuple[lint.Finding, ...]
    warnings: tuple[str, ...]


def generate(
    app: App, message: str, *, apps: Mapping[str, App], database: Database, empty: bool = False
) -> Generated | None:
    """Write the next revision of an app.

    Args:
        app: whose.
        message: what it does, in a person's words; the file is named after it.
        apps: all that are installed.
        database: the live one; it is only read, and its server used for throwaway databases.
        empty: write one that does nothing, to be filled by hand.

    Returns:
        What was written, None if models and migrations agree.

    Raises:
        TwoHeads: the app has two heads.
        PendingRevisions: not all of its revisions are applied.
        CannotGenerate: the models ask for something that cannot be had.
        NoScratchDatabase: there is nowhere to try it.
    """
    revisions = Revisions.load(app)
    head = revisions.head
    _refuse_pending(database, app, revisions)
    if empty:
        with RevisionFile(app, message, head, {}).written() as (identifier, path):
            return Generated(path, identifier, {}, "", (), ())
    near = surroundings(app, apps)
    with scratch_server(database) as scratch, scratch.empty() as original:
        stand_in(original, near)
        migrate_around(original, app, near)
        with modelled(scratch, original, app, near) as models:
            goal = _look(models, app, near)
        found = draft(scratch, original, app, near, goal)
        if found is None:
            return None
        requires = required(app, apps, found.definitions, database)
        file = RevisionFile(app, message, head, requires, found.upgrade, found.downgrade, found.imports)
        note(original, ((name, head) for name, head in requires.items() if name not in apps))
        with file.written() as (identifier, path), _explained(app):
            warnings = [*found.leftovers, *_rehearsed(original, app, near, goal)]
            statements = upgrade_sql(path)
            accepts = Revisions.load(app)[identifier].accepts
            findings = lint.lint(statements, accepts)
    return Generated(path, identifier, requires, statements, tuple(findings), tuple(dict.fromkeys(warnings)))


def required(
    app: App, apps: Mapping[str, App], definitions: Collection[str], database: Database
) -> dict[str, str]:
    """Give the heads of the other apps whose tables a revision touches.

    Args:
        app: whose revision.
        apps: all that are installed.
        definitions: of what the revision changes; other schemas' names are always qualified in them.
        database: the live one; it knows the newest revision of an app that is not installed.
    """
    heads: dict[str, str] = {}
    for reference in references_of(app):
        touched = any(mentions(text, reference.schema, reference.name) for text in definitions)
        if touched and reference.app != app.name:
            owner = apps.get(reference.app)
            head = Revisions.load(owner).head if owner else newest(database, reference.app)
            heads |= {reference.app: head} if head else {}
    return heads


def _refuse_pending(database: Database, app: App, revisions: Revisions) -> None:
    with database.connect(role="generate") as connection:
        known = state.read(connection, [app])[app.name]
    state.refuse_unsafe(app, known, revisions)
    pending = known.pending(revisions)
    if pending:
        raise PendingRevisions(app=app.name, revisions=", ".join(r.id for r in pending))


def _look(database: Database, app: App, apps: Mapping[str, App]) -> Catalog:
    with database.connect(role="scratch") as connection:
        return catalog_of(connection, app, apps)


def _rehearsed(database: Database, app: App, apps: Mapping[str, App], goal: Catalog) -> Iterator[str]:
    """Run the written file up, down and up again, and say what is not as it should be."""
    origin = _look(database, app, apps)
    migrate_around(database, app, apps)
    up = _look(database, app, apps)
    yield from (f"after the upgrade, {d}" for d in compare(up, goal, ("in the database", "in the models")))
    rollback(database, apps, app.name)
    down = _look(database, app, apps)
    yield from (f"after the downgrade, {d}" for d in compare(down, origin, ("in the database", "before")))
    migrate_around(database, app, apps)
    again = compare(up, _look(database, app, apps), ("the first time", "the second time"))
    yield from (f"after the second upgrade, {d}" for d in again)


@contextmanager
def _explained(app: App) -> Iterator[None]:
    """Say that it is the written revision that failed."""
    try:
        yield
    except CaravanError as problem:
        raise CannotGenerate(app=app.name, reason=f"what was written does not run. {problem}") from problem
