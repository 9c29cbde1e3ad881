"""Template databases that are built once per test run, whichever worker comes first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from devdb.addresses import plain, with_database
from devdb.databases import drop

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = 0x64657664  # "devd": our own room among the database's advisory locks


class Templates:
    """The templates of one run on one server."""

    def __init__(self, url: str, prefix: str) -> None:
        """Describe them; nothing is connected yet.

        Args:
            url: A database of the server, as a user who may create databases.
            prefix: What their names begin with; the same in every worker of the run.
        """
        self._url = plain(url)
        self._prefix = prefix

    def get(self, key: str, build: Callable[[str], object]) -> str:
        """Give a template's name; if it is not there yet, make and fill it while other workers wait.

        Args:
            key: What the template is, for instance "all apps migrated".
            build: Fills the empty database whose URL it gets. If it fails, the next caller tries anew.
        """
        number = hashlib.sha256(f"{self._prefix}/{key}".encode()).digest()
        name = f"{self._prefix}_{number.hex()[:8]}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            lock = int.from_bytes(number[:4], signed=True)
            connection.execute(
                "SELECT pg_advisory_lock(%s, %s)", [_SPACE, lock]
            )  # given back with the connection
            done = connection.execute(
                "SELECT datistemplate FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
            if done != (True,):
                if done is not None:  # a build that failed
                    drop(self._url, name)
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
                )
                build(with_database(self._url, name))
                connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))
        return name


def drop_all(url: str, prefix: str) -> None:
    """Drop every database of a run, templates included, whoever made it.

    Args:
        url: A database of the server.
        prefix: What their names begin with.
    """
    with psycopg.connect(plain(url), autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname, datistemplate FROM pg_database WHERE starts_with(datname, %s)", [prefix]
        ).fetchall()
        for name, template in found:
            if template:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name))
                )
            drop(url, name)
