"""The command `devdb`, as a person and a script use it."""

from __future__ import annotations

import signal
import subprocess
import sys

import psycopg
import pytest
from devdb_bench import PATIENCE, Bench, wait_until


def test_run_gives_the_commands_exit_code(bench: Bench) -> None:
    assert bench.devdb("run", "--", sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    assert (
        bench.devdb("run", "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)").returncode
        == 128 + 9
    )


def test_run_hands_arguments_through_unchanged(bench: Bench) -> None:
    code = "import sys; print(sys.argv[1:])"
    assert bench.devdb("run", sys.executable, "-c", code, "--", "-x", "a b").stdout == "['--', '-x', 'a b']\n"


def test_run_without_a_command_is_wrong_usage(bench: Bench) -> None:
    done = bench.devdb("run")
    assert (done.returncode, done.stderr) == (2, "devdb run: no command given; write `devdb run -- CMD …`\n")


def test_run_of_a_command_that_is_not_there_says_so_and_stops_the_server(bench: Bench) -> None:
    done = bench.devdb("run", "--", "no-such-command")
    assert (done.returncode, done.stderr) == (127, "devdb run: no-such-command: No such file or directory\n")
    assert bench.postmaster() is None


def test_run_passes_a_request_to_end_on_and_waits_for_the_command(bench: Bench) -> None:
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    process = bench.begin("-m", "devdb.cli", "run", "--", sys.executable, "-c", code)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 5
    assert bench.postmaster() is None


def test_run_leaves_ctrl_c_to_the_command(bench: Bench) -> None:
    done = bench.folder / "done"
    code = f"import pathlib, time; print('ready', flush=True)\nwhile not pathlib.Path({str(done)!r}).exists(): time.sleep(.05)"
    process = bench.begin("-m", "devdb.cli", "run", "--", sys.executable, "-c", code)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.poll() is None
    done.touch()
    assert process.wait(PATIENCE) == 0
    assert bench.postmaster() is None


def test_url_leaves_the_server_running_until_stop(bench: Bench) -> None:
    first, second = bench.devdb("url"), bench.devdb("url")
    assert first.stdout == second.stdout
    with psycopg.connect(first.stdout.strip()) as connection:
        assert connection.info.dbname == "tradepost"
    bench.query("SELECT 1")
    assert bench.postmaster() is not None
    assert bench.devdb("stop").returncode == 0
    assert bench.postmaster() is None


def test_a_stopped_server_is_not_kept_the_next_time(bench: Bench) -> None:
    bench.devdb("url")
    bench.devdb("stop")
    bench.query("SELECT 1")
    assert bench.postmaster() is None


def test_stop_says_when_nothing_runs(bench: Bench) -> None:
    done = bench.devdb("stop")
    assert (done.returncode, done.stderr) == (
        1,
        f"error[not-running]: No server is running for {bench.folder}.\n",
    )


def _serving(bench: Bench) -> tuple[subprocess.Popen[str], str]:
    process = bench.begin("-m", "devdb.cli", "serve")
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_keeps_the_server_up_until_it_is_interrupted(bench: Bench, number: signal.Signals) -> None:
    process, url = _serving(bench)
    with psycopg.connect(url) as connection:
        assert connection.info.dbname == "tradepost"
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert f"psql {url}" in said
    assert bench.postmaster() is None


def test_serve_ends_when_another_stops_the_server(bench: Bench) -> None:
    process, _ = _serving(bench)
    assert bench.devdb("stop").returncode == 0
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said.splitlines()[-1]) == (0, "The server was stopped.")


def test_remove_deletes_the_data_but_not_under_somebody(bench: Bench) -> None:
    user = bench.user()
    refused = bench.devdb("remove", "--yes")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error[in-use]: ")
    user.terminate()
    wait_until(lambda: bench.postmaster() is None)
    assert bench.devdb("remove", "--yes").returncode == 0
    assert not bench.embedded.exists()


def test_remove_asks_first(bench: Bench) -> None:
    bench.query("SELECT 1")
    done = bench.devdb("remove")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == f"Delete all data in {bench.folder}? [y/N] "
    assert bench.embedded.exists()
