"""URLs are changed and shown without harm to them, and without their password."""

from __future__ import annotations

import pytest

from devdb import Server, masked
from devdb.addresses import database_of, is_postgres, plain, with_database


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:secret@host:5432/db", "postgresql://me@host:5432/db"),
        ("postgresql+psycopg://me:secret@host/db", "postgresql+psycopg://me@host/db"),
        ("postgresql://me:se%40cret@[::1]:5432/db", "postgresql://me@[::1]:5432/db"),
        ("postgresql://host/db?password=secret&sslmode=require", "postgresql://host/db?sslmode=require"),
        ("postgresql://host/db?passfile=secret", "postgresql://host/db"),
        ("postgresql:///db?host=%2Ftmp", "postgresql:///db?host=%2Ftmp"),
        ("postgresql://me:secret@host:none/db", "(an address that cannot be parsed)"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked(url) == shown
    assert "secret" not in masked(url)


def test_another_database_of_the_same_server_may_have_any_name() -> None:
    url = with_database("postgresql://me:x@host:1/db?sslmode=disable", 'a "b"/ü?')
    assert url == "postgresql://me:x@host:1/a%20%22b%22%2F%C3%BC%3F?sslmode=disable"
    assert database_of(url) == 'a "b"/ü?'


def test_a_driver_is_dropped_for_libpq() -> None:
    assert plain("postgresql+psycopg://host/db") == "postgresql://host/db"
    assert is_postgres("postgres://host/db")
    assert not is_postgres("mysql+pymysql://host/db")


def test_a_server_older_than_our_own_kinds_has_a_caveat() -> None:
    old = Server("postgresql://me:secret@db.example/shop", "external", 16)
    assert old.caveat == (
        "PostgreSQL 16 (external) at postgresql://me@db.example/shop is older than PostgreSQL 18,"
        " for which this repository is written; expect errors."
    )
    assert Server("postgresql://me@db.example/shop", "external", 18).caveat is None


def test_a_server_never_shows_its_password() -> None:
    server = Server(url="postgresql://me:secret@host/db", kind="embedded", major=18)
    assert "secret" not in f"{server} {server!r}"
    assert str(server) == "PostgreSQL 18 (embedded) at postgresql://me@host/db"
