"""Contests: the same work by Caravan and by its peers, each as a process of its own, in turns."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from bench.caravan import toy_app
from bench.databases import database

OURS = "caravan"
NOTE = ', Column("note", Text))'


@dataclass(frozen=True)
class Programs:
    """What runs.

    Args:
        python: the Python that has Caravan, Alembic and psycopg.
        psql: the server's own client.
    """

    python: str
    psql: str


@dataclass
class Series:
    """What one contestant took, once a round.

    Args:
        wall: seconds that went by.
        cpu: seconds of processor time that its processes used; the server's are not in it.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Give the medians, and how far the rounds lie apart."""
        return {
            "seconds": round(median(self.wall), 4),
            "cpu_seconds": round(median(self.cpu), 4),
            "spread": round(max(self.wall) / min(self.wall), 2),
        }


@dataclass(frozen=True)
class Arena:
    """Where a contest is held.

    Args:
        programs: what runs.
        server: a superuser's URL.
        folder: the toy app's package.
    """

    programs: Programs
    server: str
    folder: Path

    def caravan(self, url: str, *arguments: str) -> tuple[float, float]:
        """Run caravan, and give the seconds it took and those of the processor."""
        return self._timed([self.programs.python, "-m", "caravan", *arguments], url)

    def alembic(self, url: str, *arguments: str) -> tuple[float, float]:
        """Run plain alembic."""
        return self._timed([self.programs.python, "-m", "alembic", *arguments], url)

    def psql(self, url: str) -> tuple[float, float]:
        """Have psql run the history's statements."""
        command = [self.programs.psql, "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", "history.sql", url]
        return self._timed(command, url)

    def bare(self, url: str) -> tuple[float, float]:
        """Have Python import the driver, connect, and ask one question."""
        code = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 1')"
        return self._timed([self.programs.python, "-c", code], url)

    def _timed(self, command: Sequence[str], url: str) -> tuple[float, float]:
        own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {
            **own,
            "DATABASE_URL": url,
            "PYTHONPATH": str(self.folder.parent),
            "CARAVAN_APPS": toy_app.PACKAGE,
        }
        before, began = _children_cpu(), time.perf_counter()
        subprocess.run(command, check=True, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
        return time.perf_counter() - began, _children_cpu() - before


@contextmanager
def roles_dropped(server: str) -> Iterator[None]:
    """Take away in the end the app's roles, which outlive its databases."""
    try:
        yield
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            for role in toy_app.ROLES:
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


Turn = Callable[[], tuple[float, float]]


@contextmanager
def start(arena: Arena, revisions: int) -> Iterator[dict[str, Turn]]:
    """A start of a container that finds nothing to do."""
    toy_app.write(arena.folder.parent, *toy_app.history(revisions))
    with database(arena.server) as ours, database(arena.server) as theirs:
        arena.caravan(ours, "migrate")
        arena.alembic(theirs, "upgrade", "head")
        yield {
            OURS: lambda: arena.caravan(ours, "migrate"),
            "bare python": lambda: arena.bare(ours),
            "alembic": lambda: arena.alembic(theirs, "upgrade", "head"),
        }


@contextmanager
def apply(arena: Arena, revisions: int) -> Iterator[dict[str, Turn]]:
    """All revisions applied to an empty database."""
    toy_app.write(arena.folder.parent, *toy_app.history(revisions))

    def anew(work: Callable[[str], tuple[float, float]]) -> Turn:
        def turn() -> tuple[float, float]:
            with database(arena.server) as url:
                return work(url)

        return turn

    yield {
        OURS: anew(lambda url: arena.caravan(url, "migrate")),
        "psql": anew(arena.psql),
        "alembic": anew(lambda url: arena.alembic(url, "upgrade", "head")),
    }


@contextmanager
def generate(arena: Arena, tables: int) -> Iterator[dict[str, Turn]]:
    """A revision written for one new column; ours is also run up, down and up again before it is kept."""
    steps, models = toy_app.schema(tables)
    toy_app.write(arena.folder.parent, steps, models)
    with ExitStack() as stack:
        ours, theirs = (
            stack.enter_context(database(arena.server)),
            stack.enter_context(database(arena.server)),
        )
        arena.caravan(ours, "migrate")
        arena.alembic(theirs, "upgrade", "head")
        toy_app.say(arena.folder, models.removesuffix(")") + NOTE)
        message = ("-m", "add a note")
        yield {
            OURS: lambda: _written(
                arena.folder / "migrations",
                lambda: arena.caravan(ours, "generate", toy_app.PACKAGE, *message),
            ),
            "alembic": lambda: _written(
                arena.folder / "plain", lambda: arena.alembic(theirs, "revision", "--autogenerate", *message)
            ),
        }


def _written(environment: Path, turn: Turn) -> tuple[float, float]:
    """Take the new revision away again, and make sure that it is the right one."""
    versions = environment / "versions"
    before = set(versions.glob("*.py"))
    taken = turn()
    [path] = set(versions.glob("*.py")) - before
    if path.read_text().count("op.add_column(") != 1 or "note" not in path.read_text():
        raise ValueError(path.read_text())
    path.unlink()
    return taken


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
