"""DATABASE_URL comes first; what is wrong with it is said without its password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from devdb_bench import Bench

import devdb
from devdb import errors
from devdb.external import look_at

_SECRET = "s3cr3t-and-l0ng"


@contextmanager
def _listener(answer: bytes | None) -> Iterator[int]:
    """A program that is not Postgres: it answers whatever comes with the same bytes, or just hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024)
                    if answer:
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _refused(url: str, expected: type[errors.DevdbError]) -> str:
    with pytest.raises(expected) as refused:
        look_at(url)
    said = str(refused.value)
    assert _SECRET not in said
    assert refused.value.__cause__ is None, "the cause's own words may hold the password"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return said


def test_a_server_that_is_named_is_used_as_it_is(bench: Bench, empty_database: str) -> None:
    assert (
        bench.query("SELECT current_database()", DATABASE_URL=empty_database)
        == urlsplit(empty_database).path[1:]
    )
    assert not bench.embedded.exists()


def test_a_url_with_sqlalchemys_driver_is_understood(
    empty_database: str, postgres_server: devdb.Server
) -> None:
    found = look_at(empty_database.replace("postgresql://", "postgresql+psycopg://"))
    assert (found.kind, found.major) == ("external", postgres_server.major)


def test_nothing_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        said = _refused(f"postgresql://me:{_SECRET}@127.0.0.1:{port}/db", errors.Unreachable)
    assert said == (
        f"DATABASE_URL names postgresql://me@127.0.0.1:{port}/db, but no server answers there: Connection refused"
    )


def test_an_option_that_libpq_does_not_know_the_value_of_is_quoted() -> None:
    said = _refused(f"postgresql://me:{_SECRET}@127.0.0.1:1/db?sslmode=bogus", errors.Unreachable)
    assert said.endswith('no server answers there: invalid sslmode value: "bogus"')


def test_no_such_host() -> None:
    said = _refused(f"postgresql://me:{_SECRET}@no-such-host.invalid/db", errors.Unreachable)
    assert "postgresql://me@no-such-host.invalid/db" in said


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", None])
def test_something_else_listens(answer: bytes | None) -> None:
    with _listener(answer) as port:
        said = _refused(f"postgresql://me:{_SECRET}@127.0.0.1:{port}/db", errors.NotPostgres)
    assert said.endswith("but what answers there is not Postgres.")


def test_a_wrong_password_is_refused(postgres_server: devdb.Server) -> None:
    parts = urlsplit(postgres_server.url)
    said = _refused(
        f"postgresql://postgres:{_SECRET}@{parts.hostname}:{parts.port}/postgres", errors.AccessRefused
    )
    assert "password authentication failed" in said


def test_a_database_that_is_not_there_is_named(postgres_server: devdb.Server) -> None:
    with pytest.raises(errors.AccessRefused, match='database "no_such" does not exist') as refused:
        look_at(postgres_server.url.rpartition("/")[0] + "/no_such")
    assert str(urlsplit(postgres_server.url).password) not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{_SECRET}@localhost/db",
        f"postgresql://me:{_SECRET}@localhost:port/db",
        f"postgresql://me:{_SECRET}@[::1/db",
        f"postgresql://me:12/{_SECRET}@localhost/db",
        f"postgresql://me:12@{_SECRET}@localhost/db",
        f"postgresql://me:{_SECRET}@localhost:99999/db",
        f"postgresql://me:{_SECRET}@localhost/db?no_such_option=1",
        f"host=localhost password={_SECRET}",
        _SECRET,
    ],
)
def test_what_is_no_postgres_url_is_not_even_shown(url: str) -> None:
    assert "must look like postgresql://" in _refused(url, errors.BadDatabaseUrl)


@pytest.mark.parametrize("command", [("url",), ("serve",), ("run", "--", "true")])
def test_no_command_prints_the_password_of_a_server_it_cannot_reach(
    bench: Bench, command: tuple[str, ...]
) -> None:
    done = bench.devdb(*command, DATABASE_URL=f"postgresql://me:{_SECRET}@127.0.0.1:1/db")
    assert done.returncode == 1
    assert done.stderr.startswith("error[unreachable]: DATABASE_URL names postgresql://me@127.0.0.1:1/db")
    assert _SECRET not in done.stdout + done.stderr
