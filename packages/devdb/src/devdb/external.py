"""The server that DATABASE_URL names: looked at before it is used, never started or stopped."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from devdb.addresses import Server, is_postgres, masked, plain
from devdb.errors import AccessRefused, BadDatabaseUrl, NotPostgres, Unreachable

_SECONDS = 10  # to connect
_HIGHEST_PORT = 65535
_NOT_POSTGRES = (
    "invalid response to SSL negotiation",
    "expected authentication request from server",
    "server closed the connection unexpectedly",
    "unexpected response from server",
    "SSL error",
    "received invalid",
)


def look_at(url: str) -> Server:
    """Connect to a server once and tell what it is.

    Args:
        url: DATABASE_URL; a driver as in ``postgresql+psycopg://`` is understood.

    Raises:
        BadDatabaseUrl: It is no Postgres URL.
        Unreachable: Nothing answers there.
        NotPostgres: Something else answers there.
        AccessRefused: Postgres answers and says no.
    """
    if not is_postgres(url) or not _is_readable(plain(url)):
        raise BadDatabaseUrl
    try:
        with psycopg.connect(plain(url), connect_timeout=_SECONDS) as connection:
            version = connection.execute("SELECT version()").fetchone()
            major = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise _why(error, url) from None  # libpq's own words would quote the password
    if version is None or not str(version[0]).startswith("PostgreSQL "):
        raise NotPostgres(url=masked(url))
    return Server(url=url, kind="external", major=major)


def _is_readable(url: str) -> bool:
    """Whether libpq reads it as it is meant: a / or @ in the password ends that, and the rest would be shown."""
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.Error:  # its words would quote the password
        return False
    ports = [port for port in parts.get("port", "").split(",") if port]
    places = (parts.get("host", ""), parts.get("dbname", ""))
    return all(port.isdecimal() and int(port) <= _HIGHEST_PORT for port in ports) and not any(
        "@" in place and place in url for place in places
    )


def _why(error: psycopg.OperationalError, url: str) -> Exception:
    words = " ".join(str(error).split())
    if password := conninfo_to_dict(plain(url)).get("password"):
        words = words.replace(str(password), "…")
    shown = masked(url)
    if any(phrase in words for phrase in _NOT_POSTGRES):
        return NotPostgres(url=shown)
    if "FATAL:" in words or "fe_sendauth" in words:
        return AccessRefused(url=shown, reason=words.rpartition("FATAL:")[2].strip() or "it wants a password")
    reason = words.partition(" Is the server running")[0].rpartition(" failed: ")[2]
    return Unreachable(url=shown, reason=reason.removeprefix("connection is bad: "))
