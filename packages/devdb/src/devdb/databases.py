"""Databases made for tests, and dropped after them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from devdb.addresses import database_of, plain, with_database

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_PATIENCE = 60.0  # seconds to wait for a template that somebody is still connected to
_PAUSE = 0.1


class Databases:
    """Makes databases on one server and drops every one of them at the end."""

    def __init__(self, url: str, prefix: str) -> None:
        """Describe them; nothing is connected yet.

        Args:
            url: A database of the server, as a user who may create databases.
            prefix: What their names begin with; nobody else's may.
        """
        self._url = plain(url)
        self._prefix = prefix
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.drop()

    def create(self, template: str | None = None) -> str:
        """Make a database and give its URL.

        Args:
            template: The database to copy, by name or URL; None for an empty one. When somebody is connected to
                it, which Postgres does not allow, we wait up to a minute for that to end.

        Raises:
            psycopg.Error: The server refuses, for instance because there is no such template.
        """
        name = f"{self._prefix}_{len(self._made)}"
        if template is not None and "://" in template:
            template = database_of(template)
        # template0 is empty and lets nobody connect, so it is never in use.
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._execute(command)
                break
            except psycopg.errors.ObjectInUse:
                if time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
        self._made.append(name)
        return with_database(self._url, name)

    def drop(self) -> None:
        """Drop all that were made, ending whatever is still connected to them."""
        while self._made:
            drop(self._url, self._made.pop())

    def _execute(self, command: sql.Composed) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(command)


def drop(url: str, name: str) -> None:
    """Drop a database if it exists, ending whatever is connected to it.

    Args:
        url: Another database of the same server.
        name: The database to drop.
    """
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
