"""The demo, as its session runs it; and the README, which shows what it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
from workspace import ROOT

if TYPE_CHECKING:
    from devdb.pytest_plugin import DatabaseFactory


def demo(database: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "-m", "demo"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_readme_shows_what_the_demo_prints_and_nothing_of_it_is_left(
    database_factory: DatabaseFactory,
) -> None:
    database = database_factory()
    ended = demo(database)
    (shown,) = re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    with psycopg.connect(database) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'demo%'").fetchall()
        tables = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'trading'").fetchone()

    assert ended.returncode == 0, ended.stderr
    assert lines(ended.stdout) == lines(shown), "put what `nox -s demo` prints into README.md"
    assert (left, tables) == ([], (0,))


def test_a_demo_that_cannot_be_played_says_why_and_fails() -> None:
    ended = demo("postgresql://nobody@127.0.0.1:1/nowhere")

    assert ended.returncode == 1
    assert re.match(r"error: the demo failed: .*Connection refused", ended.stderr)
    assert ended.stdout == ""
