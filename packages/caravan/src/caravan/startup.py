"""The start-up path: what every container start runs, so it imports neither SQLAlchemy nor Alembic.

Manifests, revision headers and three short queries tell whether there is anything to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from caravan import state
from caravan.database import Database
from caravan.manifest import App
from caravan.revisions import Revisions


def nothing_to_do(
    database: Database,
    apps: Mapping[str, App],
    *,
    wait: float = 0.0,
    waiting: Callable[[str], None] | None = None,
) -> bool:
    """Find out whether every app is at its newest revision, with its privileges as declared.

    Args:
        database: where.
        apps: all that are installed here.
        wait: seconds to wait for the server to come up.
        waiting: told what is waited for.

    Raises:
        CaravanError: code and database do not belong together, or there is no connection.
    """
    revisions = {name: Revisions.load(app) for name, app in apps.items()}
    with database.connect(wait=wait, role="startup", waiting=waiting) as connection:
        known = state.read(connection, apps.values())
    for name, app in apps.items():
        state.refuse_unsafe(app, known[name], revisions[name])
    return all(state.is_current(app, known[name], revisions[name]) for name, app in apps.items())
