"""The one server of a test run: all workers share it, and nothing of it remains."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from devdb import kinds
from devdb.errors import DevdbError
from devdb.external import look_at
from devdb.templates import drop_all

if TYPE_CHECKING:
    from devdb.addresses import Server
    from devdb.locks import Lock
    from devdb.sharing import Shared


class Run:
    """The server of one test run, started when the first of its processes asks for it.

    Attributes:
        prefix: What the names of the run's databases begin with.
    """

    def __init__(self, announced: dict[str, str | None] | None = None) -> None:
        """Begin or join a run.

        Args:
            announced: What the controller's `announce` gave, in a worker; None in the process that began the run.
        """
        self._began_here = announced is None
        announced = announced or {}
        self._kind = announced.get("kind")
        self._folder = announced.get("folder")
        self.prefix = announced.get("prefix") or f"test_{secrets.token_hex(4)}"
        self._place: Shared | None = None
        self._lease: Lock | None = None

    def announce(self) -> dict[str, str | None]:
        """Tell a worker what it must know. From now on we keep the server up for all of them, once it is started."""
        with suppress(DevdbError):  # the worker meets the same error, where a test can show it
            self._enter()
        return {"kind": self._kind, "folder": self._folder, "prefix": self.prefix}

    def server(self) -> Server:
        """Give the server, started if need be.

        Raises:
            DevdbError: One of its subclasses says why there is none.
        """
        self._enter()
        if self._place is None:
            return look_at(os.environ["DATABASE_URL"])
        return self._place.running()

    def end(self) -> None:
        """Stop the server, if we are the last; of a server that is not ours, drop what the run left there."""
        if self._place is not None and self._lease is not None:
            self._place.leave(self._lease)
            self._place = self._lease = None
        elif self._kind == "external" and self._began_here:
            with suppress(psycopg.OperationalError):  # it is gone, and so are they
                drop_all(os.environ["DATABASE_URL"], self.prefix)

    def _enter(self) -> None:
        if self._kind is None:
            self._kind = kinds.chosen()
        if self._kind == "external" or self._place is not None:
            return
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="devdb-")
        self._place = kinds.shared(self._kind, Path(self._folder), throwaway=True)
        self._lease = self._place.lease()
