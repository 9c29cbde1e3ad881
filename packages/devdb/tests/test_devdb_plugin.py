"""The pytest plugin: one server per run, whatever becomes of the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from devdb_bench import PATIENCE, clean_environment, wait_until

from devdb import Server
from devdb.databases import Databases
from devdb.pytest_plugin import DatabaseFactory, SharedTemplate

_TESTS = """
    import os, psycopg, pytest, signal, time
    from pathlib import Path

    here = Path(__file__).parent

    def build(url):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE built ()")
        with (here / "builds").open("a") as builds:
            builds.write("once")

    @pytest.mark.parametrize("number", range(4))
    def test_own_database(postgres_server, empty_database, database_factory, shared_template, number):
        (here / f"server-{postgres_server.pid}").write_text(postgres_server.url)
        with psycopg.connect(empty_database) as connection:
            connection.execute("CREATE TABLE mine ()")
        template = shared_template("built", build)
        with (here / "names").open("a") as names:
            names.write(f"{psycopg.conninfo.conninfo_to_dict(empty_database)['dbname']}\\n{template}\\n")
        with psycopg.connect(database_factory(template)) as connection:
            assert connection.execute("SELECT count(*) FROM built").fetchone() == (0,)

    def test_one_fails(empty_database):
        assert empty_database == "", "as it must"
"""


class _Project:
    """A project whose tests use the plugin, run by pytest as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\nfilterwarnings = ['error']\n")
        (folder / "conftest.py").write_text('pytest_plugins = ["devdb.pytest_plugin"]\n')

    def begin(self, tests: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        (self.folder / "test_it.py").write_text(textwrap.dedent(tests))
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**clean_environment(), "TMPDIR": str(self.temporary), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, tests: str, *arguments: str, **environment: str) -> str:
        return self.begin(tests, *arguments, **environment).communicate(timeout=PATIENCE)[0]

    def servers(self) -> set[str]:
        return {path.name for path in self.folder.glob("server-*")}

    def url(self) -> str:
        return next(self.folder.glob("server-*")).read_text()

    def remains(self) -> list[str]:
        return [path.name for path in self.temporary.glob("devdb-*")]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[_Project]:
    made = _Project(tmp_path)
    yield made
    wait_until(lambda: not made.remains())


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_run_has_one_server_which_is_gone_afterwards_even_if_tests_failed(
    project: _Project, arguments: tuple[str, ...]
) -> None:
    output = project.run(_TESTS, *arguments)
    assert "4 passed" in output
    assert "1 failed" in output
    assert len(project.servers()) == 1
    assert project.remains() == []
    assert not _answers(project.url())


def test_a_template_is_built_once_for_all_workers(project: _Project) -> None:
    project.run(_TESTS, "-n", "2")
    assert (project.folder / "builds").read_text() == "once"


def test_under_database_url_the_tests_run_there_and_leave_nothing(
    project: _Project, postgres_server: Server
) -> None:
    output = project.run(_TESTS, "-n", "2", DATABASE_URL=postgres_server.url)
    made = (project.folder / "names").read_text().split()
    with psycopg.connect(postgres_server.url) as connection:
        left = connection.execute(
            "SELECT datname FROM pg_database WHERE datname = ANY(%s)", [made]
        ).fetchall()
    assert "4 passed" in output
    assert project.servers() == {"server-None"}
    assert project.url() == postgres_server.url
    assert (len(made), left) == (8, [])


def test_an_error_of_devdb_is_shown_by_the_tests_that_need_a_server(project: _Project) -> None:
    url = "postgresql://me:s3cr3t@127.0.0.1:1/db"
    output = project.run("def test_a(empty_database): pass\ndef test_b(): pass", "-n", "2", DATABASE_URL=url)
    assert "1 passed, 1 error" in output
    assert "DATABASE_URL names postgresql://me@127.0.0.1:1/db, but no server answers there" in output
    assert "s3cr3t" not in output


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "one worker"])
def test_kill_9_of_the_run_leaves_neither_server_nor_folder(
    project: _Project, arguments: tuple[str, ...]
) -> None:
    waiting = """
        import time
        from pathlib import Path

        def test_waits(postgres_server):
            (Path(__file__).parent / f"server-{postgres_server.pid}.new").write_text(postgres_server.url)
            (Path(__file__).parent / f"server-{postgres_server.pid}.new").rename("server-1")
            time.sleep(3600)
    """
    process = project.begin(waiting, *arguments)
    wait_until(lambda: (project.folder / "server-1").exists() or process.poll() is not None)
    assert _answers(project.url())
    children = [] if not arguments else _children(process.pid)
    for pid in (process.pid, *children):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: not project.remains())
    assert not _answers(project.url())


def _children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in found.stdout.split()]


def test_without_a_test_that_asks_no_server_is_started(project: _Project) -> None:
    output = project.run("def test_nothing(): pass", "-n", "1", PATH="/nowhere")
    assert "1 passed" in output


def test_an_empty_database_is_empty_and_ours_to_change(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)
        connection.execute("CREATE ROLE made_by_a_test")
        connection.rollback()


def test_databases_are_dropped_with_whoever_is_connected(postgres_server: Server) -> None:
    with Databases(postgres_server.url, f"test_dropping_{os.getpid()}") as databases:
        url = databases.create()
        connection = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    assert not _answers(url)


def test_a_copy_waits_until_nobody_is_connected_to_its_template(database_factory: DatabaseFactory) -> None:
    template = database_factory()
    code = (
        "import psycopg, sys, time; c = psycopg.connect(sys.argv[1], autocommit=True);"
        "c.execute('CREATE TABLE late ()'); print('in', flush=True); time.sleep(7)"
    )
    with subprocess.Popen([sys.executable, "-c", code, template], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        with psycopg.connect(database_factory(template)) as connection:
            assert connection.execute("SELECT count(*) FROM late").fetchone() == (0,)


def test_a_template_may_be_given_by_name_or_url(database_factory: DatabaseFactory) -> None:
    url = database_factory()
    copies = [database_factory(url), database_factory(url.rpartition("/")[2])]
    assert [_answers(copy) for copy in copies] == [True, True]


def test_a_template_that_is_not_there_is_an_error(database_factory: DatabaseFactory) -> None:
    with pytest.raises(psycopg.errors.InvalidCatalogName, match="no_such"):
        database_factory("no_such")


def test_a_template_whose_building_failed_is_built_anew(
    shared_template: SharedTemplate, database_factory: DatabaseFactory
) -> None:
    def fails(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE half_made ()")
        raise RuntimeError(url)

    def build(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE half_made ()")

    with pytest.raises(RuntimeError):
        shared_template("fragile", fails)
    with psycopg.connect(database_factory(shared_template("fragile", build))) as connection:
        assert connection.execute("SELECT count(*) FROM half_made").fetchone() == (0,)
