"""Taking revisions back: which ones, whether others need them, and the steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from caravan import bookkeeping, plan, state
from caravan.database import Database
from caravan.errors import NoDowngrade, NotApplied
from caravan.fleet import Fleet
from caravan.lock import DEFAULT_WAIT, RunnerLock
from caravan.manifest import App, named
from caravan.outcome import Outcome, Step
from caravan.patience import Patience
from caravan.report import Report
from caravan.revisions import Revision, Revisions
from caravan.stepping import Stepper


def rollback(
    database: Database,
    apps: Mapping[str, App],
    name: str,
    *,
    to: str | None = None,
    wait: float = DEFAULT_WAIT,
    report: Report | None = None,
) -> Outcome:
    """Take back one app's newest revision, or all down to a given one.

    Args:
        database: where.
        apps: all that are installed here.
        name: the app to take back.
        to: the revision to stay at; "base" takes back all; without it the newest one goes.
        wait: seconds to wait for another runner.
        report: told what happens.

    Returns:
        What was taken back.

    Raises:
        NotApplied: the revision to stay at is none that is applied.
        RequiredByOthers: another app's applied revision requires one that would go.
        CaravanError: whatever else stands in the way.
    """
    report = report or Report()
    began = time.monotonic()
    fleet = Fleet.load(apps)
    app = named(dict(apps), name)
    with RunnerLock(database, wait=wait, waiting=report.waiting) as lock:
        known = state.read(lock.connection, apps.values())
        for each in apps.values():
            state.refuse_unsafe(each, known[each.name], fleet.revisions[each.name])
        applied = {each: known[each].applied(revisions) for each, revisions in fleet.revisions.items()}
        going = _going(app, fleet.revisions[name], applied[name], to)
        plan.refuse_required(fleet.revisions, applied, going, to)
        done = _taken_back(database, apps, lock, going[::-1], report)
    return Outcome(tuple(done), seconds=time.monotonic() - began)


def take_back(
    database: Database, apps: Mapping[str, App], revisions: Sequence[Revision], *, report: Report
) -> None:
    """Take back revisions of any apps in the order given, which is nobody's business but the caller's.

    Args:
        database: a throwaway one.
        apps: all that are installed here.
        revisions: which, newest first.
        report: told what happens.

    Raises:
        CaravanError: one does not go back.
    """
    with RunnerLock(database, wait=DEFAULT_WAIT) as lock:
        _taken_back(database, apps, lock, revisions, report)


def _taken_back(
    database: Database,
    apps: Mapping[str, App],
    lock: RunnerLock,
    revisions: Sequence[Revision],
    report: Report,
) -> list[Step]:
    bookkeeping.create(lock.connection)
    moving = {revision.app: apps[revision.app] for revision in revisions}
    done: list[Step] = []
    with Stepper(database, moving, report, Patience.from_environment()) as stepper:
        for revision in revisions:
            lock.confirm()
            with report.busy(f"taking back {revision}  {revision.message}"):
                step = Step(revision, stepper.run(revision, "down"))
            report.rolled_back(revision, step.seconds)
            done.append(step)
    return done


def _going(app: App, revisions: Revisions, applied: set[str], to: str | None) -> list[Revision]:
    """Give the revisions to take back, oldest first."""
    in_order = [r for r in revisions if r.id in applied]
    if not in_order:
        raise NoDowngrade(app=app.name)
    if to is None:
        return in_order[-1:]
    if to == "base":
        return in_order
    target = revisions.find(to)
    if target.id not in applied:
        raise NotApplied(app=app.name, revision=target.id)
    return [r for r in in_order if r.id not in revisions.ancestors(target.id)]
