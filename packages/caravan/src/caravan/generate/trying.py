"""Trying pieces of a revision in a throwaway database, and keeping the order in which they work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psycopg
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from caravan.catalog import Catalog, Difference, compare
from caravan.database import driver_connection
from caravan.generate.quoting import committed, executed
from caravan.generate.statements import Change, changes

_ROUNDS = 8  # looks at the result; each removes at least one difference, or it is the last
_UNSAFE_ENUM = "55P04"  # a new enum label is used in the transaction that added it
# what Alembic may emit although nothing differs: it compares texts of defaults and types
_MAY_DO_NOTHING = ("op.alter_column", "op.create_table_comment", "op.drop_table_comment")


@dataclass(frozen=True)
class Piece:
    """A part of a revision.

    Args:
        ways: alternatives, each some lines of Python; the first that works is taken.
        is_alembic: whether it is one of Alembic's operations.
        commits: whether it takes a commit of its own.
    """

    ways: tuple[tuple[str, ...], ...]
    is_alembic: bool = False
    commits: bool = False


class UnsafeEnum(Exception):
    """A new enum label is used by the same revision that adds it."""


@dataclass
class Trial:
    """A transaction in a throwaway database, in which pieces are tried one by one.

    Args:
        connection: in a transaction, as the app's owner.
        look: reads the app's catalog.
        imports: the import lines that Alembic's pieces need.
        commits_labels: commit new enum labels at once, and write them so.
    """

    connection: sa.Connection
    look: Callable[[psycopg.Connection], Catalog]
    imports: Iterable[str] = ()
    commits_labels: bool = False
    problems: list[str] = field(default_factory=list)

    def catalog(self) -> Catalog:
        """Look at what there is now."""
        return self.look(self.raw)

    @property
    def raw(self) -> psycopg.Connection:
        """The driver's connection."""
        return driver_connection(self.connection)

    def reach(self, goal: Catalog, operations: Iterable[str]) -> tuple[list[str], list[Difference]]:
        """Go from what there is to the goal.

        Args:
            goal: what should be.
            operations: what Alembic proposes.

        Returns:
            The lines of Python that worked, in the order in which they did, and the differences that remain.

        Raises:
            UnsafeEnum: a new enum label needs a commit of its own.
        """
        done: list[str] = []
        early = [self._piece(change) for change in changes(self.catalog(), goal) if change.is_early]
        waiting = self._attempt([*early, *(Piece(((code,),), is_alembic=True) for code in operations)], done)
        for _ in range(_ROUNDS):
            alembic = [piece for piece in waiting if piece.is_alembic]
            found = changes(self.catalog(), goal)
            before = len(done)
            repairs = [self._piece(change) for change in found if not (alembic and change.is_structural)]
            waiting = self._attempt([*repairs, *alembic], done)
            if len(done) == before and alembic:
                # What Alembic cannot change without help (a type that takes a USING), the definitions can.
                columns = [self._piece(change) for change in found if change.key.kind == "column"]
                waiting = [piece for piece in self._attempt([*columns, *alembic], done) if piece.is_alembic]
            if len(done) == before:
                break
        return done, compare(self.catalog(), goal)

    def _piece(self, change: Change) -> Piece:
        commits = self.commits_labels and change.key.kind == "enum" and " ADD VALUE " in change.ways[0][0]
        return Piece(tuple(tuple(map(executed, way)) for way in change.ways), commits=commits)

    def _attempt(self, pieces: list[Piece], done: list[str]) -> list[Piece]:
        """Run pieces over and over, as long as one of them works that did not before."""
        waiting = pieces
        while waiting:
            self.problems.clear()
            left = [piece for piece in waiting if not self._any_way(piece, done)]
            if len(left) == len(waiting):
                break
            waiting = left
        return waiting

    def _any_way(self, piece: Piece, done: list[str]) -> bool:
        problems: list[str] = []
        for way in piece.ways:
            checked = way[0].startswith(_MAY_DO_NOTHING)
            before = self.catalog() if checked else None
            if self._works(way, problems):
                if piece.commits:
                    self._commit()
                    done.append(committed(way))
                elif before is None or before.objects != self.catalog().objects:
                    done.extend(way)
                return True
        self.problems += problems
        return False

    def _works(self, way: tuple[str, ...], problems: list[str]) -> bool:
        try:
            with self.connection.begin_nested():
                for code in way:
                    self._run(code)
        except sa.exc.DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) == _UNSAFE_ENUM:
                raise UnsafeEnum from problem
            problems.append(str(problem.orig).strip())
            return False
        return True

    def _commit(self) -> None:
        """Commit, and stay the role that we are."""
        role = self.raw.execute("SELECT current_user::text").fetchone()
        self.connection.commit()
        self.raw.execute("SELECT set_config('role', %s, true)", role)

    def _run(self, code: str) -> None:
        operations = Operations(MigrationContext.configure(connection=self.connection))
        scope: dict[str, object] = {"op": operations, "sa": sa}
        # What is measured must be what is written: the very lines of the revision.
        exec("\n".join([*sorted(self.imports), code]), scope)  # noqa: S102 - see above; the lines are our own
