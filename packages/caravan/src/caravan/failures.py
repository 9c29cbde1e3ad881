"""What an exception that ended a revision means: a lock that was not to be had, a lost server, a signal, a mistake in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb

from psycopg import errors

from caravan.database import Database, is_gone
from caravan.errors import CaravanError, ConnectionLost, LockTimeout, RevisionFailed
from caravan.revisions import Revision

_LOCKED = (errors.LockNotAvailable, errors.DeadlockDetected)
_ALL_OF_IT = "Nothing of it remains."
_PARTS_OF_IT = (
    "It leaves its transaction, so what its autocommit blocks did remains;"
    " the next run drops invalid indexes and begins it again."
)


def said(problem: BaseException) -> BaseException:
    """Give the driver's own error, which SQLAlchemy wraps."""
    driver_error: BaseException | None = getattr(problem, "orig", None)
    return driver_error or problem


def is_locked(problem: BaseException) -> bool:
    """Whether somebody held a lock that the revision needs, so that another try may succeed."""
    return isinstance(said(problem), _LOCKED)


def interruption(problem: BaseException, revision: Revision) -> BaseException | None:
    """Find the signal that ended a revision, with a note on what that did to it.

    Args:
        problem: what came out of the revision; the end of an autocommit block covers a signal with an error of its own.
        revision: which.
    """
    found = next((each for each in _behind(problem) if isinstance(each, KeyboardInterrupt)), None)
    if found is not None:
        what = "what was being applied is rolled back." if revision.transactional else _PARTS_OF_IT
        found.add_note(f"{revision}: {what}")
    return found


def explained(
    database: Database, revision: Revision, problem: BaseException, *, is_lost: bool
) -> CaravanError:
    """Say what went wrong.

    Args:
        database: where.
        revision: which.
        problem: what came out of it.
        is_lost: whether the connection is gone; the end of an autocommit block covers why.
    """
    if is_lost:
        behind = map(said, _behind(problem))
        reason = first_line(database, next(filter(is_gone, behind), said(problem)))
        return ConnectionLost(database=database, reason=reason)
    words = database.without_password(str(said(problem)).strip())
    if not isinstance(said(problem), errors.Error):
        words = f"{type(problem).__name__}: {words}"
    return RevisionFailed(
        app=revision.app,
        revision=revision.id,
        path=place_in(revision.path, problem) or revision.path,
        reason=words,
        remains=_ALL_OF_IT if revision.transactional else _PARTS_OF_IT,
    )


def place_in(path: Path, problem: BaseException) -> str | None:
    """Find the line of a file, or of a file in a folder, that raised; None if no line of it did.

    Args:
        path: the file or the folder.
        problem: what was raised.

    Returns:
        File and line, as "versions/2026_11_20_1015_create_accounts.py:12".
    """
    frames = (
        frame for frame in extract_tb(problem.__traceback__) if Path(frame.filename).is_relative_to(path)
    )
    found = list(frames)
    return f"{found[-1].filename}:{found[-1].lineno}" if found else None


def no_lock(
    database: Database, revision: Revision, problem: BaseException, tries: int, seconds: float
) -> LockTimeout:
    """Say that a lock was not to be had in all that time."""
    reason = first_line(database, said(problem))
    return LockTimeout(app=revision.app, revision=revision.id, seconds=seconds, tries=tries, reason=reason)


def first_line(database: Database, problem: BaseException) -> str:
    """Give what the server said in one line, without the place and the context."""
    return (database.without_password(str(problem).strip()).splitlines() or [""])[0]


def _behind(problem: BaseException) -> Iterator[BaseException]:
    """What was raised, and what was being handled when it was."""
    behind: BaseException | None = problem
    while behind is not None:
        yield behind
        behind = behind.__context__
