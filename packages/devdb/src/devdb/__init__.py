"""Finds or starts a Postgres for development and tests; never deployed."""

from __future__ import annotations

from devdb.addresses import Server, masked
from devdb.errors import DevdbError
from devdb.serving import server, url

__all__ = ["DevdbError", "Server", "masked", "server", "url"]
