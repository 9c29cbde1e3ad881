"""The two ways to get at a server: `server()` for the length of a block, `url()` for the life of the process."""

from __future__ import annotations

import atexit
import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from devdb import kinds
from devdb.addresses import Server, with_database
from devdb.external import look_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devdb.locks import Lock
    from devdb.sharing import Shared

DATABASE = "tradepost"


@contextmanager
def server() -> Iterator[Server]:
    """Make a Postgres available for the length of a block.

    It is DATABASE_URL's, if that is set; else a container, if DEVDB=container and a Docker engine answers; else
    the embedded server of this checkout. The last two are shared by all processes that want them, stop when
    the last one has left, and keep their data; their database is `tradepost`, their user a superuser.

    Yields:
        The server; its `url` names the database.

    Raises:
        DevdbError: One of its subclasses says why there is none.
    """
    kind = kinds.chosen()
    if kind == "external":
        yield look_at(os.environ["DATABASE_URL"])
        return
    place = kinds.shared(kind, kinds.checkout_folder() / kind)
    lease = place.lease()
    try:
        yield _with_our_database(place.running())
    finally:
        place.leave(lease)


def url() -> str:
    """Give the URL of a Postgres that stays available until this process ends.

    Which one, and how it is shared: see `server`.

    Raises:
        DevdbError: One of its subclasses says why there is none.
    """
    return _for_this_process.url()


def keep_running() -> None:
    """Let this checkout's server run on when its last user leaves; `devdb stop` ends it."""
    kind = kinds.chosen()
    if kind != "external":
        kinds.shared(kind, kinds.checkout_folder() / kind).keep()


class _ForThisProcess:
    def __init__(self) -> None:
        self._place: Shared | None = None
        self._lease: Lock | None = None
        self._process = 0

    def url(self) -> str:
        kind = kinds.chosen()
        if kind == "external":
            return look_at(os.environ["DATABASE_URL"]).url
        if self._place is None or self._process != os.getpid():
            place = kinds.shared(kind, kinds.checkout_folder() / kind)
            self._lease, self._place, self._process = place.lease(), place, os.getpid()
            atexit.register(self._leave)
        return _with_our_database(self._place.running()).url

    def _leave(self) -> None:
        if self._place is not None and self._lease is not None and self._process == os.getpid():
            self._place.leave(self._lease)
            self._place = self._lease = None


_for_this_process = _ForThisProcess()


def _with_our_database(server: Server) -> Server:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [DATABASE])  # several processes at once
        exists = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if exists is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    return replace(server, url=with_database(server.url, DATABASE))
