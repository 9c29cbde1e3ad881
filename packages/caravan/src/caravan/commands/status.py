"""caravan status."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from caravan import bookkeeping, state
from caravan.commands.output import write_json, write_line
from caravan.database import Database
from caravan.manifest import App, discover
from caravan.revisions import Revisions


def run(arguments: argparse.Namespace) -> int:
    """Show heads, what is pending, and what does not belong together, for every app."""
    database, apps = Database.from_environment(), discover()
    with database.connect(role="status") as connection:
        known = state.read(connection, apps.values())
        protected = bookkeeping.is_protected(connection)
        newest = bookkeeping.newest(connection)
    shown = [_app(app, known[app.name], Revisions.load(app), newest) for app in apps.values()]
    if arguments.json:
        write_json({"database": str(database), "protected": protected, "apps": shown})
        return 0
    write_line(f"{database}{'  (protected)' if protected else ''}")
    for each in shown:
        _print(each)
    return 0


def _app(
    app: App, known: state.AppState, revisions: Revisions, newest: Iterable[bookkeeping.Entry]
) -> dict[str, Any]:
    pending = {revision.id for revision in known.pending(revisions)}
    return {
        "app": app.name,
        "schema": app.schema,
        "owner": app.owner,
        "heads": list(revisions.heads),
        "current": list(known.versions),
        "pending": [
            {"revision": r.id, "message": r.message, "requires": dict(r.requires)}
            for r in known.pending(revisions)
        ],
        "failed": [
            {"revision": e.revision, "status": e.status, "started_at": e.started_at.isoformat()}
            for e in newest
            if e.app == app.name and e.revision in pending and e.status != "finished"
        ],
        "applied": len(known.applied(revisions)),
        "unknown": known.unknown(revisions),
        "changed": [r.id for r in known.changed(revisions)],
    }


def _print(app: Mapping[str, Any]) -> None:
    current = ", ".join(app["current"]) or "nothing applied"
    write_line(f"{app['app']}  schema {app['schema']}  {current}  ({app['applied']} applied)")
    failed = {entry["revision"]: entry for entry in app["failed"]}
    for revision in app["pending"]:
        note = _note(failed.get(revision["revision"]))
        write_line(f"  pending  {revision['revision']}  {revision['message']}{note}")
    if len(app["heads"]) > 1:
        write_line(f"  two heads: {', '.join(app['heads'])}")
    for identifier in app["unknown"]:
        write_line(f"  unknown to this code: {identifier}")
    for identifier in app["changed"]:
        write_line(f"  changed after it was applied: {identifier}")


def _note(entry: Mapping[str, str] | None) -> str:
    """Give what the history says of the last try at a pending revision: it failed, or is under way or was killed."""
    if entry is None:
        return ""
    return f"  ({entry['status']} {datetime.fromisoformat(entry['started_at']):%Y-%m-%d %H:%M %Z})"
