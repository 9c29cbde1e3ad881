"""What stands in the way of the embedded server is said in one sentence, never in a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from devdb_bench import Bench, wait_until

from devdb import errors
from devdb.failures import from_system, from_words


def _refusal(bench: Bench, **environment: str) -> str:
    done = bench.devdb("run", "--", sys.executable, "-c", "print('ran')", **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_a_taken_port_is_named_when_it_was_asked_for(bench: Bench) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = _refusal(bench, DEVDB_PORT=str(port))
    assert said.startswith(f"error[port-taken]: Port {port} on 127.0.0.1 is used by another program.")


@pytest.mark.parametrize("value", ["many", "80", "70000", "-5432", "²222", "٥٤٣٢"])
def test_a_port_that_is_none_is_refused(bench: Bench, value: str) -> None:
    assert _refusal(bench, DEVDB_PORT=value).startswith(f"error[bad-port]: DEVDB_PORT is '{value}'")


def test_an_unknown_kind_is_refused(bench: Bench) -> None:
    assert _refusal(bench, DEVDB="docker").startswith("error[unknown-kind]: DEVDB is 'docker'")


def test_data_of_another_major_version_is_left_alone(bench: Bench) -> None:
    bench.query("CREATE TABLE kept ()")
    version = bench.embedded / "data" / "PG_VERSION"
    version.write_text("17\n")
    said = _refusal(bench)
    assert said.startswith("error[other-major]: ")
    assert "made by PostgreSQL 17, but the server here is PostgreSQL 18" in said
    version.write_text("18\n")
    assert bench.query("SELECT count(*) FROM kept") == "0"


def test_a_folder_of_another_user_is_refused(ordinary_bench: Bench) -> None:
    ordinary_bench.embedded.mkdir()
    ordinary_bench.embedded.chmod(0o555)
    said = _refusal(ordinary_bench)
    assert said.startswith(
        f"error[foreign-folder]: The folder {ordinary_bench.embedded} belongs to another user"
    )


@pytest.mark.needs_root
def test_a_folder_that_root_made_is_refused_to_others(ordinary_bench: Bench) -> None:
    Bench(ordinary_bench.folder).query("SELECT 1")
    assert _refusal(ordinary_bench).startswith("error[foreign-folder]: ")


@pytest.mark.needs_mount
@pytest.mark.parametrize("megabytes", [1, 20])
def test_a_full_disk_is_named(bench: Bench, megabytes: int) -> None:
    small = Bench(bench.folder / "small")
    small.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", small.folder], check=True)
    try:
        said = _refusal(small)
        left = {path.name for path in small.embedded.iterdir()}
    finally:
        wait_until(lambda: not small.watchers())
        subprocess.run(["umount", small.folder], check=True)
    assert said.startswith("error[no-disk-space]: There is no space left for Postgres in ")
    assert left <= {"leases", "turn", "watcher"}


@pytest.mark.needs_mount
def test_a_disk_that_can_only_be_read_is_named(bench: Bench) -> None:
    locked = Bench(bench.folder / "locked")
    locked.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", locked.folder], check=True)
    try:
        said = _refusal(locked)
    finally:
        subprocess.run(["umount", locked.folder], check=True)
    assert said.startswith(f"error[read-only]: The folder {locked.embedded} cannot be written")


def test_a_file_where_the_folder_should_be_is_named(bench: Bench) -> None:
    bench.embedded.write_text("")
    assert _refusal(bench).startswith("error[start-failed]: Postgres did not start in ")


def test_a_broken_configuration_is_quoted(bench: Bench) -> None:
    bench.query("SELECT 1")
    configuration = bench.embedded / "data" / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "\nno_such_setting = on\n")
    said = _refusal(bench)
    assert said.startswith("error[start-failed]: ")
    assert 'unrecognized configuration parameter "no_such_setting"' in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("initdb: error: could not create directory: No space left on device", errors.NoDiskSpace),
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', errors.NoDiskSpace),
        ("could not extend file: Disk quota exceeded", errors.NoDiskSpace),
        (
            "could not extend file: wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.",
            errors.NoDiskSpace,
        ),
        ('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', errors.PortTaken),
        ("FATAL:  something new", errors.StartFailed),
    ],
)
def test_what_postgres_says_becomes_an_error_of_ours(words: str, expected: type[errors.DevdbError]) -> None:
    assert type(from_words(words, Path("/folder"), 5432)) is expected


def test_what_the_system_says_becomes_an_error_of_ours() -> None:
    folder = Path("/folder")
    with pytest.raises(OSError, match="No space left on device") as full:
        Path("/dev/full").write_text("x")
    assert isinstance(from_system(full.value, folder), errors.NoDiskSpace)
    assert isinstance(from_system(PermissionError(13, "Permission denied"), folder), errors.ForeignFolder)
    assert isinstance(from_system(OSError(30, "Read-only file system"), folder), errors.ReadOnlyFolder)
    assert isinstance(from_system(OSError(5, "Input/output error"), folder), errors.StartFailed)


@pytest.mark.needs_root
def test_root_that_can_become_nobody_else_is_told_so(bench: Bench) -> None:
    """As in a container with a single user: root, but without the right to change users."""
    command = [
        "setpriv",
        "--bounding-set",
        "-setuid,-setgid",
        sys.executable,
        "-m",
        "devdb.cli",
        "run",
        "--",
        "true",
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "DEVDB_FOLDER": str(bench.folder), "DATABASE_URL": "", "DEVDB": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error[no-account]: Postgres refuses to run as root")
