"""Running the checks: first the files, then the live database, then throwaway ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from caravan.blueprints import migrated
from caravan.checks import checksums, heads, models, ownership, references, rollbacks
from caravan.checks.finding import Finding
from caravan.checks.recording import Recording
from caravan.database import Database
from caravan.errors import TIMED_OUT, USAGE, CaravanError
from caravan.manifest import App
from caravan.scratch import NoScratchDatabase, scratch_server


def check(database: Database | None, apps: Mapping[str, App]) -> list[Finding]:
    """Check all apps.

    Args:
        database: the live one; without it, what concerns it is left out and CARAVAN_SCRATCH_URL must say where
            throwaway databases may be made.
        apps: all that are installed.

    Returns:
        What was found, nothing if all is well.

    Raises:
        CaravanError: the checks cannot be made (no scratch database, a manifest that is wrong).
    """
    found = [*heads.check(apps), *ownership.check_models(apps), *references.check_models(apps)]
    if database is not None:
        with database.connect(role="check") as connection:
            found += checksums.check(connection, apps)
            found += references.check_live(connection, apps)
            found += ownership.check_owners(connection, apps)
    if not any(finding.check == heads.NAME for finding in found):
        found += _measured(database, apps)
    return list(dict.fromkeys(found))


def _measured(database: Database | None, apps: Mapping[str, App]) -> Iterator[Finding]:
    """What takes the migrations to be run."""
    recording = Recording(apps)
    try:
        with scratch_server(database) as scratch, migrated(scratch, apps, recording.watching) as original:
            yield from models.check(scratch, original, apps)
            yield from ownership.check_strangers(database, original, apps)
            yield from rollbacks.check(original, apps, recording)  # the last one: it works in the original
    except CaravanError as problem:
        if isinstance(problem, NoScratchDatabase) or problem.exit_code in {USAGE, TIMED_OUT}:
            raise
        app = str(problem.details.get("app", ""))
        yield Finding("migrations", app, f"the migrations do not run on an empty database. {problem}")
