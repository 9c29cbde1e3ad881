"""Alembic's view of an app: its script directory, and one revision carried out through it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from caravan.bookkeeping import Direction
from caravan.errors import BadRevisionFile
from caravan.failures import place_in
from caravan.manifest import App
from caravan.revisions import Revision

FILE_TEMPLATE = "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"


@dataclass(frozen=True)
class Hooks:
    """What is called inside a revision's transaction.

    Args:
        begun: before the revision's own statements.
        ended: after them, before the commit.
    """

    begun: Callable[[], None]
    ended: Callable[[], None]


def script_directory(app: App) -> ScriptDirectory:
    """Give Alembic's script directory of an app, as its own `alembic` command would see it, with every file imported.

    Raises:
        BadRevisionFile: one of them cannot be imported.
    """
    config = Config()
    config.set_main_option("script_location", str(app.migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", FILE_TEMPLATE)
    scripts = ScriptDirectory.from_config(config)
    try:
        with redirect_stdout(sys.stderr):  # what a file prints is no part of a command's own output
            scripts.get_heads()
    except (Exception, SystemExit) as problem:
        versions = app.migrations / "versions"
        reason = f"it cannot be imported: {type(problem).__name__}: {problem}"
        raise BadRevisionFile(path=place_in(versions, problem) or versions, reason=reason) from problem
    return scripts


def version_options(app: App) -> dict[str, Any]:
    """Give the options of `context.configure` that say where an app's version is kept."""
    return {
        "version_table": app.version_table,
        "version_table_schema": app.schema,
        "transaction_per_migration": True,
    }


def carry_out(
    connection: Connection,
    app: App,
    scripts: ScriptDirectory,
    revision: Revision,
    direction: Direction,
    hooks: Hooks,
) -> None:
    """Run exactly one revision, in its own transaction.

    Args:
        connection: not in a transaction; what it is set to (role, timeouts) is the caller's business.
        app: whose revision.
        scripts: its script directory.
        revision: which.
        direction: up or down.
        hooks: called in the revision's transaction, before and after it.
    """

    def steps(_heads: object, _context: object) -> list[Any]:
        script = scripts.get_revision(revision.id)
        if direction == "up":
            step = MigrationStep.upgrade_from_script(scripts.revision_map, script)
        else:
            step = MigrationStep.downgrade_from_script(scripts.revision_map, script)
        step.migration_fn = _after(hooks.begun, step.migration_fn)
        return [step]

    def applied(*_positional: object, **_details: object) -> None:
        hooks.ended()

    with redirect_stdout(sys.stderr), EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, on_version_apply=applied, **version_options(app))
        environment.run_migrations()


def _after(first: Callable[[], None], then: Callable[..., None]) -> Callable[..., None]:
    def both(**arguments: object) -> None:
        first()
        then(**arguments)

    return both
