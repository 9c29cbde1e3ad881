"""Postgres URLs: read, changed, and shown without their password."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

MAJOR = 18  # of the embedded server and of the container
_SCHEMES = ("postgresql", "postgres")


def plain(url: str) -> str:
    """Drop the driver from an SQLAlchemy URL, so that libpq understands it.

    Args:
        url: For instance ``postgresql+psycopg://user@host/name``.
    """
    scheme, separator, rest = url.partition("://")
    return scheme.partition("+")[0] + separator + rest


def is_postgres(url: str) -> bool:
    """Tell whether the URL's scheme is one of Postgres's, with or without an SQLAlchemy driver."""
    return "://" in url and plain(url).partition("://")[0] in _SCHEMES


def masked(url: str) -> str:
    """Show a URL to a person: without its password, wherever it is written.

    Args:
        url: Any URL, even one that cannot be parsed; of such a one nothing is shown.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be parsed)"
    user = f"{parts.username}@" if parts.username else ""
    if ":" in host:
        host = f"[{host}]"
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if "pass" not in key.lower()])
    return f"{parts.scheme}://{user}{host}{port}{parts.path}{'?' + query if query else ''}"


def with_database(url: str, name: str) -> str:
    """The same server and user, another database.

    Args:
        url: The URL of any database of that server.
        name: The other database's name, any characters.
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/" + quote(name, safe="")))


def database_of(url: str) -> str:
    """The name of the database a URL points at; empty when it names none."""
    return unquote(urlsplit(url).path.removeprefix("/"))


@dataclass(frozen=True)
class Server:
    """A Postgres that answers.

    Attributes:
        url: A URL with the password in it; left out of `repr`, so that no log or traceback shows it.
        kind: ``embedded``, ``container`` or ``external`` (from DATABASE_URL).
        major: The major version, for instance 18.
        pid: The server's process, if it is one of this machine that devdb started.
    """

    url: str = field(repr=False)
    kind: str
    major: int
    pid: int | None = None

    @property
    def caveat(self) -> str | None:
        """What to know before using it: it is older than the servers that devdb starts itself."""
        if self.major >= MAJOR:
            return None
        return (
            f"{self} is older than PostgreSQL {MAJOR}, for which this repository is written; expect errors."
        )

    def __str__(self) -> str:
        return f"PostgreSQL {self.major} ({self.kind}) at {masked(self.url)}"
