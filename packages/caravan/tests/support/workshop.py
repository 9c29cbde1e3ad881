"""A workshop: toy apps, an empty database, and `caravan` run on them."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from toy_app import ToyApp, write

from caravan import cli

PATIENCE = 120  # seconds after which a test gives up waiting for what must happen


@dataclass(frozen=True)
class Result:
    """What a command left behind.

    Args:
        code: its exit code.
        out: its standard output.
        err: its standard error.
    """

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:  # noqa: ANN401 - JSON is whatever it is
        """The standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The name in `error[name]: text`, or nothing."""
        found = re.search(r"^error\[([a-z-]+)\]: ", self.err, re.MULTILINE)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """The standard error with line breaks as single spaces, for comparing sentences."""
        return " ".join(self.err.split())

    @property
    def applied(self) -> list[str]:
        """The revisions that `migrate --json` says it applied, in order."""
        return [entry["revision"] for entry in self.data["applied"]]


@dataclass
class Workshop:
    """Toy apps in a folder, and a database.

    Args:
        root: a folder for the apps.
        url: an empty database, as a superuser.
    """

    root: Path
    url: str
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    apps: dict[str, ToyApp] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def app(self, name: str, *, schema: str | None = None, **manifest: str) -> ToyApp:
        """Add an app whose package and roles are unique to this workshop."""
        package = f"{re.sub(r'[^a-z0-9]', '_', name.lower())}_{self.suffix}"
        self.apps[name] = ToyApp(
            name,
            package,
            self.root,
            schema or name,
            owner=manifest.pop("owner", f"{name}_{self.suffix}_owner"),
            runtime=manifest.pop("runtime", f"{name}_{self.suffix}_runtime"),
            manifest=manifest,
        )
        return self.apps[name]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment variables of a caravan process; an empty value takes one out."""
        given = {
            "DATABASE_URL": self.url,
            "CARAVAN_APPS": ",".join(app.package for app in self.apps.values()),
            "PYTHONPATH": os.pathsep.join([str(self.root), os.environ.get("PYTHONPATH", "")]).rstrip(
                os.pathsep
            ),
            "PYTHONWARNINGS": "error",
            "COLUMNS": "500",
            **more,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CARAVAN_", "PG", "DATABASE_"))}
        return {k: v for k, v in (kept | given).items() if v}

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run caravan in this process: as the command line does, but quick."""
        out, err = io.StringIO(), io.StringIO()
        before = os.environ.copy()
        self._forget_modules()
        sys.path.insert(0, str(self.root))
        os.environ.clear()
        os.environ.update(self.environment(**environment))
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = _main(arguments)
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.path.remove(str(self.root))
            self._forget_modules()
        return Result(code, out.getvalue(), err.getvalue())

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start caravan as a process of its own."""
        return self.start_python("-m", "caravan", *arguments, **environment)

    def start_python(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start Python in the workshop's folder."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root,
            env=self.environment(**environment),
        )
        self.started.append(process)
        return process

    def process(self, *arguments: str, **environment: str) -> Result:
        """Run caravan as a process of its own."""
        return finish(self.start(*arguments, **environment))

    def connect(self, role: str | None = None) -> psycopg.Connection:
        """Connect in autocommit, as the superuser or in the role given."""
        connection = psycopg.connect(self.url, autocommit=True)
        if role is not None:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        return connection

    def sql(self, query: str, *parameters: object, role: str | None = None) -> list[tuple[Any, ...]]:
        """Run one statement and give its rows, if it has any."""
        with contextlib.closing(self.connect(role)) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever the query gives
        """Give the one value of the one row."""
        [[value]] = self.sql(query, *parameters)
        return value

    def history(self) -> list[tuple[str, ...]]:
        """App, revision, direction and status of everything in the history, oldest first."""
        return self.sql("SELECT app, revision, direction, status FROM caravan.history ORDER BY id")

    def relations(self, schema: str) -> list[str]:
        """The tables of a schema without Alembic's own."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename !~ '^alembic' ORDER BY 1"
        return [name for (name,) in self.sql(query, schema)]

    def version(self, app: str) -> list[str]:
        """What the app's version table holds."""
        table = sql.Identifier(
            self.apps[app].schema, self.apps[app].manifest.get("version_table", "alembic_version")
        )
        query = sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(table)
        with contextlib.closing(self.connect()) as connection:
            return [version for (version,) in connection.execute(query)]

    def wait_for(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """Ask again until the query gives a row, and give that."""
        until = time.monotonic() + PATIENCE
        with contextlib.closing(self.connect()) as connection:
            while time.monotonic() < until:
                row = connection.execute(query, parameters or None).fetchone()
                if row is not None:
                    return row
                time.sleep(0.02)
        raise TimeoutError(query)

    def make_brake(self) -> str:
        """Make a statement at which a revision stands still while the brake is on, and give it."""
        self.sql("CREATE TABLE public.brake (on_since timestamptz DEFAULT now())")
        self.sql("GRANT SELECT ON public.brake TO PUBLIC")
        return "DO $$ BEGIN WHILE EXISTS (SELECT FROM public.brake) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$"

    def set_brake(self, *, on: bool) -> None:
        """Make the next revision that comes to the brake stand still; or let it pass, and go on if it is there."""
        self.sql("INSERT INTO public.brake DEFAULT VALUES" if on else "DELETE FROM public.brake")

    def wait_for_brake(self) -> int:
        """Wait until a revision stands at the brake, and give its server process."""
        [pid] = self.wait_for(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
            " AND query LIKE 'DO $$%' AND query LIKE '%public.brake%'"
        )
        return int(pid)

    def clear(self) -> None:
        """End what a failed test left running, and take the roles away, which outlive the database."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        like = f"%{self.suffix}%"
        with contextlib.closing(self.connect()) as connection:
            connection.execute(  # what a failed test left running must not hold its cleaning up
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            names = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE %s", (like,)
            ).fetchall()
            for (name,) in names:
                connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
            for (name,) in names:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))

    def _forget_modules(self) -> None:
        for module in [m for m in sys.modules if self.suffix in m]:
            del sys.modules[module]
        importlib.invalidate_caches()


def finish(process: subprocess.Popen[str]) -> Result:
    """Wait for a process to end."""
    out, err = process.communicate(timeout=PATIENCE)
    return Result(process.returncode, out, err)


def _main(arguments: tuple[str, ...]) -> int:
    try:
        return cli.main(list(arguments)) or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


__all__ = ["PATIENCE", "Result", "ToyApp", "Workshop", "finish", "write"]
