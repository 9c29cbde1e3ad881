"""Databases of a measurement's own, all on one server."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def database(server: str, *, prefix: str = "bench") -> Iterator[str]:
    """Make a database and drop it when the block ends.

    Args:
        server: a superuser's URL.
        prefix: what its name begins with.

    Returns:
        Its URL.
    """
    name = f"{prefix}_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def version(server: str) -> str:
    """Give the server's version, as `17.2`."""
    with psycopg.connect(server) as connection:
        return connection.execute("SHOW server_version").fetchone()[0]  # type: ignore[index, no-any-return]  # SHOW gives a row
