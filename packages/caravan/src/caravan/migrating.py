"""Carrying out a plan: the lock, the checks, the steps, the privileges."""

from __future__ import annotations

import time
from collections.abc import Mapping

import psycopg

from caravan import bookkeeping, grants, plan, roles, state
from caravan.database import Database
from caravan.declarations import declared_checksum
from caravan.fleet import Fleet
from caravan.lock import DEFAULT_WAIT, RunnerLock
from caravan.manifest import App, named
from caravan.models import metadata_of, references_of
from caravan.outcome import Outcome, Step
from caravan.patience import Patience
from caravan.references import References
from caravan.report import Report
from caravan.revisions import Revision
from caravan.state import State
from caravan.stepping import Stepper


def bootstrap(database: Database, apps: Mapping[str, App], *, report: Report | None = None) -> list[str]:
    """Make roles, schemas and bookkeeping, and bring privileges up to date; safe to repeat.

    Args:
        database: where.
        apps: whose.
        report: told what happens.

    Returns:
        What was made or skipped, and the statements about privileges.
    """
    report = report or Report()
    with RunnerLock(database, wait=DEFAULT_WAIT, waiting=report.waiting) as lock:
        done = _prepare(lock.connection, apps, report)
        for app in apps.values():
            done += _synchronise(lock.connection, app, references_of(app), report)
        report.settled()
    return done


def migrate(  # noqa: PLR0913 - each is an option of the command
    database: Database,
    apps: Mapping[str, App],
    *,
    only: str | None = None,
    to: str | None = None,
    wait: float = DEFAULT_WAIT,
    server_wait: float = 0.0,
    dry_run: bool = False,
    report: Report | None = None,
) -> Outcome:
    """Apply what is pending, in order.

    Args:
        database: where.
        apps: all that are installed here.
        only: this app alone, with what its revisions require of others.
        to: this revision of it (an identifier or the beginning of one) instead of its head.
        wait: seconds to wait for another runner.
        server_wait: seconds to wait for the server to come up.
        dry_run: make the plan and change nothing.
        report: told what happens.

    Returns:
        What was done, or would be.

    Raises:
        CaravanError: whatever stands in the way; its class says what.
    """
    report, patience = report or Report(), Patience.from_environment()
    began = time.monotonic()
    fleet = Fleet.load(apps)
    if dry_run:
        with database.connect(wait=server_wait, role="plan") as connection:
            return Outcome(
                planned=tuple(_plan(connection, fleet, state.read(connection, apps.values()), only, to))
            )
    with RunnerLock(database, wait=wait, waiting=report.waiting, server_wait=server_wait) as lock:
        known = state.read(lock.connection, apps.values())
        steps = _plan(lock.connection, fleet, known, only, to)
        concerned = {only or "", *(step.app for step in steps)} if only else set(apps)
        _refuse_unmet_references(lock.connection, fleet, concerned, steps)
        _prepare(lock.connection, apps, report)
        _adopt(lock.connection, fleet, known)
        report.planned(steps)
        done = _apply(database, fleet, lock, steps, report, patience)
        statements = _settle(lock.connection, fleet, concerned, report)
    return Outcome(tuple(done), statements=tuple(statements), seconds=time.monotonic() - began)


def _plan(
    connection: psycopg.Connection, fleet: Fleet, known: State, only: str | None, to: str | None
) -> list[Revision]:
    for name, app in fleet.apps.items():
        state.refuse_unsafe(app, known[name], fleet.revisions[name])
    applied = {name: known[name].applied(revisions) for name, revisions in fleet.revisions.items()}
    if only is not None:
        target = fleet.revisions[named(dict(fleet.apps), only).name]
        targets = {only: [target.find(to).id] if to else target.heads}
    else:
        targets = {name: revisions.heads for name, revisions in fleet.revisions.items()}

    def elsewhere(app: str, revision: str) -> bool:
        return bookkeeping.has(connection, app, revision)

    return plan.order(fleet.revisions, applied, targets, preference=fleet.preference(), elsewhere=elsewhere)


def _refuse_unmet_references(
    connection: psycopg.Connection, fleet: Fleet, concerned: set[str], steps: list[Revision]
) -> None:
    """Before anything is applied: references to apps of which nothing is pending must fit already."""
    moving = {step.app for step in steps}
    for name in sorted(concerned):
        still = [reference for reference in fleet.references[name] if reference.app not in moving]
        grants.refuse_unmet(connection, fleet.apps[name], still)


def _prepare(connection: psycopg.Connection, apps: Mapping[str, App], report: Report) -> list[str]:
    done = roles.prepare(connection, apps.values())
    bookkeeping.create(connection)
    report.prepared(done)
    return done


def _adopt(connection: psycopg.Connection, fleet: Fleet, known: State) -> None:
    """Keep the checksums of revisions that someone applied or stamped without Caravan."""
    for name, revisions in fleet.revisions.items():
        applied = known[name].applied(revisions)
        for revision in revisions:
            if revision.id in applied and revision.id not in known[name].recorded:
                bookkeeping.note_applied(connection, revision)


def _apply(
    database: Database,
    fleet: Fleet,
    lock: RunnerLock,
    steps: list[Revision],
    report: Report,
    patience: Patience,
) -> list[Step]:
    done: list[Step] = []
    if not steps:
        return done
    moving = {step.app: fleet.apps[step.app] for step in steps}
    with Stepper(database, moving, report, patience) as stepper:
        previous = None
        for number, revision in enumerate(steps, 1):
            lock.confirm()
            if revision.app != previous:  # what others made for it must be within its reach
                app = fleet.apps[revision.app]
                _synchronise(lock.connection, app, fleet.references[app.name], report)
                previous = revision.app
            with report.busy(f"applying {number} of {len(steps)}: {revision}  {revision.message}"):
                step = Step(revision, stepper.run(revision, "up"))
            report.applied(revision, step.seconds)
            done.append(step)
    return done


def _settle(connection: psycopg.Connection, fleet: Fleet, concerned: set[str], report: Report) -> list[str]:
    """Bring privileges up to date and note what they follow."""
    statements: list[str] = []
    for name, app in fleet.apps.items():
        if name in concerned:
            grants.refuse_unmet(connection, app, fleet.references[name])
        statements += _synchronise(connection, app, fleet.references[name], report)
        bookkeeping.note_declared(connection, name, app.schema, declared_checksum(app))
    report.settled()
    return statements


def _synchronise(
    connection: psycopg.Connection, app: App, references: References, report: Report
) -> list[str]:
    statements = grants.synchronise(connection, app, metadata_of(app), references)
    report.granted(app.name, statements)
    return statements
