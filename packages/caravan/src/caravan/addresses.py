"""Addresses of databases: read as libpq reads them, and refused, without being repeated, where they are none."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from caravan.errors import BadDatabaseUrl

_SCHEMES = ("postgresql://", "postgres://")
_HIGHEST_PORT = 65535
_ENCODED = "are signs like / and @ in the password percent-encoded"


def normalised(given: str) -> str:
    """Give an address as libpq understands it.

    Args:
        given: postgresql://user:password@host:port/database, also with an SQLAlchemy driver in its scheme, or a libpq
            connection string.

    Raises:
        BadDatabaseUrl: it is no PostgreSQL address, or a sign in the password makes libpq take a part of it for
            something else, which would then be shown.
    """
    url = given.strip()
    if "://" in url:
        scheme, _, rest = url.partition("://")
        url = f"{scheme.partition('+')[0]}://{rest}"  # postgresql+psycopg:// is SQLAlchemy's spelling
        if not url.startswith(_SCHEMES):
            raise BadDatabaseUrl(reason=f"it begins with {scheme}://")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise BadDatabaseUrl(reason=f"it cannot be read; {_ENCODED}") from None
    if not all(_is_port(port) for port in str(parts.get("port") or "").split(",")):
        raise BadDatabaseUrl(reason=f"its port is no number up to {_HIGHEST_PORT}; {_ENCODED}")
    if not _is_whole(str(parts.get("connect_timeout") or "0")):
        raise BadDatabaseUrl(reason="its connect_timeout is no number of seconds")
    if "://" in url and any(_is_cut_off(url, str(parts.get(key) or "")) for key in ("host", "dbname")):
        raise BadDatabaseUrl(reason=f"it has an @ too many; {_ENCODED}")
    return url


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.lstrip("-").isdigit()


def _is_cut_off(url: str, part: str) -> bool:
    """Whether a part holds an @ as it stands in the URL: libpq ends the credentials at the first / or @."""
    return "@" in part and part in url
