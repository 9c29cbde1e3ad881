"""DEVDB=container: postgres:18 in a container, where a Docker engine answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from devdb_bench import Bench, clean_environment, wait_until
from testcontainers.core.docker_client import DockerClient

from devdb import container


def _containers(bench: Bench) -> list[str]:
    """The states of the containers that the bench's folder knows of."""
    note = bench.folder / "container"
    client = DockerClient().client
    try:
        known = [path.read_text() for path in note.glob("container.json")]
        return [
            one.status
            for one in client.containers.list(all=True)
            if any(str(one.id) in text for text in known)
        ]
    finally:
        client.close()


@pytest.mark.needs_engine
def test_data_is_kept_between_runs_until_it_is_removed(bench: Bench) -> None:
    bench.query("CREATE TABLE kept ()", DEVDB="container")
    assert _containers(bench) == ["exited"]
    assert bench.query("SELECT 'found ' || count(*) FROM kept", DEVDB="container") == "found 0"
    assert bench.devdb("remove", "--yes", DEVDB="container").returncode == 0
    assert not (bench.folder / "container").exists()


@pytest.mark.needs_engine
def test_it_is_postgres_18_on_loopback(bench: Bench) -> None:
    done = bench.devdb("url", DEVDB="container")
    assert "@127.0.0.1:" in done.stdout
    assert bench.query("SELECT split_part(version(), '.', 1)", DEVDB="container") == "PostgreSQL 18"
    assert _containers(bench) == ["running"]
    assert bench.devdb("stop", DEVDB="container").returncode == 0
    assert bench.devdb("remove", "--yes", DEVDB="container").returncode == 0


@pytest.mark.needs_engine
def test_kill_9_of_the_only_user_stops_the_container(bench: Bench) -> None:
    code = "import devdb, time; print(devdb.url(), flush=True); time.sleep(3600)"
    user = bench.begin("-c", code, DEVDB="container")
    assert user.stdout is not None
    assert user.stdout.readline().startswith("postgresql://")
    user.kill()
    wait_until(lambda: _containers(bench) == ["exited"])
    assert bench.devdb("remove", "--yes", DEVDB="container").returncode == 0


@pytest.mark.needs_engine
def test_a_test_run_has_one_container_which_is_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["devdb.pytest_plugin"]\n')
    (tmp_path / "test_it.py").write_text(
        "import pathlib, pytest\n"
        "@pytest.mark.parametrize('number', range(4))\n"
        "def test_it(postgres_server, empty_database, number):\n"
        "    assert postgres_server.kind == 'container'\n"
        "    pathlib.Path(__file__).with_name(f'{number}.url').write_text(postgres_server.url)\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-W", "error", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**clean_environment(), "DEVDB": "container"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "4 passed" in run.stdout, run.stdout + run.stderr
    ports = {path.read_text().rpartition(":")[2].partition("/")[0] for path in tmp_path.glob("*.url")}
    assert len(ports) == 1
    client = DockerClient().client
    try:
        published = [str(one.ports) for one in client.containers.list(all=True)]
    finally:
        client.close()
    assert not [port for port in published if f"'{next(iter(ports))}'" in port]


def test_without_an_engine_the_embedded_server_takes_over(bench: Bench) -> None:
    nowhere = {"DEVDB": "container", "DOCKER_HOST": "tcp://127.0.0.1:1"}
    assert bench.query("SELECT 1", **nowhere) == "1"
    assert bench.embedded.exists()


def test_an_engine_that_does_not_answer_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert container.engine_answers() is False
