"""What a database says it has: versions, checksums, what each app declared. Read with psycopg alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from caravan import bookkeeping, roles
from caravan.declarations import declared_checksum
from caravan.errors import ChangedRevision, UnknownRevision
from caravan.manifest import App
from caravan.revisions import Revision, Revisions


@dataclass(frozen=True)
class AppState:
    """What the database says of one app.

    Args:
        versions: what its version table holds.
        recorded: the checksum of each applied revision, as Caravan recorded it.
        declared_checksum: of what it declared when its privileges were last brought up to date.
    """

    versions: tuple[str, ...] = ()
    recorded: Mapping[str, str] = field(default_factory=dict)
    declared_checksum: str | None = None

    def applied(self, revisions: Revisions) -> set[str]:
        """Give all applied revisions that the code has; `unknown` gives the others."""
        applied = {a for v in self.versions if v in revisions for a in revisions.ancestors(v)}
        if all(version in revisions for version in self.versions):
            return applied
        # what an unknown version stands on is known from the records alone
        return applied | {identifier for identifier in self.recorded if identifier in revisions}

    def unknown(self, revisions: Revisions) -> list[str]:
        """Revisions that the database has and the code does not."""
        return sorted({r for r in (*self.versions, *self.recorded) if r not in revisions})

    def changed(self, revisions: Revisions) -> list[Revision]:
        """Applied revisions whose file is not what it was."""
        applied = self.applied(revisions)
        return [r for r in revisions if r.id in applied and self.recorded.get(r.id, r.checksum) != r.checksum]

    def pending(self, revisions: Revisions) -> list[Revision]:
        """Revisions that are not applied, in order."""
        applied = self.applied(revisions)
        return [r for r in revisions if r.id not in applied]


State = Mapping[str, AppState]


def read(connection: psycopg.Connection, apps: Iterable[App]) -> dict[str, AppState]:
    """Read what the database says of these apps.

    Args:
        connection: in autocommit.
        apps: whose state to read.

    Returns:
        The state by app name; an empty one where the database knows nothing of the app.
    """
    apps = list(apps)
    versions = _versions(connection, apps)
    recorded: dict[str, dict[str, str]] = {}
    declared: dict[str, str] = {}
    if bookkeeping.exists(connection):
        for name, revision, checksum in connection.execute(
            "SELECT app, revision, checksum FROM caravan.revisions"
        ):
            recorded.setdefault(name, {})[revision] = checksum
        declared = dict(connection.execute("SELECT app, declared_checksum FROM caravan.apps").fetchall())
    return {
        app.name: AppState(versions.get(app.name, ()), recorded.get(app.name, {}), declared.get(app.name))
        for app in apps
    }


def refuse_unsafe(app: App, state: AppState, revisions: Revisions) -> None:
    """Stop where code and database do not belong together.

    Raises:
        UnknownRevision: the database is ahead of the code.
        ChangedRevision: an applied revision's file was changed.
        TwoHeads: the code has several heads.
    """
    for unknown in state.unknown(revisions):
        raise UnknownRevision(app=app.name, revision=unknown)
    for changed in state.changed(revisions):
        raise ChangedRevision(app=app.name, revision=changed.id, path=changed.path)
    revisions.head  # noqa: B018 - raises TwoHeads


def is_current(app: App, state: AppState, revisions: Revisions) -> bool:
    """Whether there is nothing to do for an app: all applied, all recorded, privileges as declared."""
    return (
        set(state.versions) == set(revisions.heads)
        and {r.id: r.checksum for r in revisions} == dict(state.recorded)
        and state.declared_checksum == declared_checksum(app)
    )


def _versions(connection: psycopg.Connection, apps: list[App]) -> dict[str, tuple[str, ...]]:
    readable: dict[tuple[str, str], bool] = {
        (schema, table): allowed
        for schema, table, allowed in connection.execute(
            "SELECT n.nspname, c.relname,"
            " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND c.relname = ANY(%s) AND n.nspname = ANY(%s)",
            ([app.version_table for app in apps], [app.schema for app in apps]),
        )
    }
    found: dict[str, tuple[str, ...]] = {}
    there = [(app, readable[place]) for app in apps if (place := (app.schema, app.version_table)) in readable]
    parts = [_version_query(app) for app, allowed in there if allowed]
    rows = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall() if parts else []
    for app, allowed in there:
        if not allowed:  # a login that may become the owner and has none of its rights by itself
            with roles.acting_as(connection, roles.acting_owner(connection, app)):
                rows += connection.execute(_version_query(app)).fetchall()
    for name, version in rows:
        found[name] = (*found.get(name, ()), version)
    return found


def _version_query(app: App) -> sql.Composed:
    table = sql.Identifier(app.schema, app.version_table)
    return sql.SQL("SELECT {}::text, version_num::text FROM {}").format(sql.Literal(app.name), table)
