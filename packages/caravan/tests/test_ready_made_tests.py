"""The plugin's fixtures and ready-made tests, used as an app's own test suite would use them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from toy_app import ToyApp, write
from workshop import Workshop

SUITE = """
import psycopg
from caravan.testing.ready import MigrationTests


class TestPlatform(MigrationTests):
    app = "platform"


class TestTrading(MigrationTests):
    app = "trading"


def test_each_test_has_a_database_of_its_own(migrated_database):
    with psycopg.connect(migrated_database) as connection:
        connection.execute('INSERT INTO platform."user" (id, name) VALUES (1, %s)', ["Ada"])


def test_and_finds_it_as_the_migrations_made_it(migrated_database):
    with psycopg.connect(migrated_database) as connection:
        assert connection.execute('SELECT count(*) FROM platform."user"').fetchone() == (0,)
"""


def run_suite(workshop: Workshop, *arguments: str, **environment: str) -> tuple[int, str]:
    folder = workshop.root / "suite"
    write(folder / "test_migrations.py", SUITE)
    write(folder / "conftest.py", 'pytest_plugins = ["caravan.testing"]\n')
    write(folder / "pytest.ini", "[pytest]\naddopts = --import-mode=importlib\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=workshop.environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def scratch_databases(workshop: Workshop) -> list[str]:
    """Those that hold the workshop's apps; other tests make theirs at the same time."""
    names = [
        name
        for (name,) in workshop.sql("SELECT datname FROM pg_database WHERE datname ~ '^caravan_scratch_'")
    ]
    return [name for name in names if owners(workshop, name)]


def owners(workshop: Workshop, database: str) -> list[tuple[str, ...]]:
    try:
        with psycopg.connect(workshop.url, dbname=database) as connection:
            query = "SELECT nspname::text FROM pg_namespace WHERE pg_get_userbyid(nspowner) LIKE %s"
            return connection.execute(query, [f"%{workshop.suffix}%"]).fetchall()
    except psycopg.OperationalError:
        return []


def test_an_app_gets_its_migration_tests_by_naming_itself(workshop: Workshop, trading: ToyApp) -> None:
    code, output = run_suite(workshop)
    assert code == 0, output
    assert "12 passed" in output
    assert scratch_databases(workshop) == []
    assert trading.revisions


def test_the_workers_of_one_run_share_the_template(workshop: Workshop, trading: ToyApp) -> None:
    code, output = run_suite(workshop, "-n", "2")
    assert code == 0, output
    assert "12 passed" in output
    assert scratch_databases(workshop) == []
    assert trading.revisions


def test_each_ready_made_test_fails_with_the_reason(workshop: Workshop, trading: ToyApp) -> None:
    platform = workshop.apps["platform"]
    platform.revise("CREATE TABLE platform.forgotten (id int)", follows=platform.head)
    code, output = run_suite(workshop)
    assert code == 1, output
    assert "table platform.forgotten exists only in the migrations" in output
    assert "does not go back to what was before it: table platform.forgotten" in output
    assert "2 failed, 10 passed" in output
    assert trading.revisions


def test_a_server_may_come_from_a_fixture(workshop: Workshop, trading: ToyApp) -> None:
    folder = workshop.root / "suite"
    write(
        folder / "server.py",
        "import os, types, pytest\n\n\n@pytest.fixture(scope='session')\ndef postgres_server():\n"
        "    return types.SimpleNamespace(url=os.environ['SERVER_OF_THE_TESTS'])\n",
    )
    path = os.pathsep.join([str(folder), str(workshop.root)])
    code, output = run_suite(
        workshop, "-p", "server", DATABASE_URL="", SERVER_OF_THE_TESTS=workshop.url, PYTHONPATH=path
    )
    assert code == 0, output
    assert trading.revisions


def test_without_any_server_the_tests_say_what_to_set(workshop: Workshop, trading: ToyApp) -> None:
    code, output = run_suite(workshop, DATABASE_URL="")
    assert code == 1
    assert "DATABASE_URL is not set" in output
    assert trading.revisions
    assert Path(workshop.root, "suite").is_dir()
