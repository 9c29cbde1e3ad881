"""Which Postgres is meant: DATABASE_URL's, a container's, or the embedded one."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from devdb.embedded import Embedded
from devdb.errors import BadPort, NoTestcontainers, UnknownKind
from devdb.sharing import Shared

if TYPE_CHECKING:
    from devdb.sharing import Startable

_LOWEST_PORT, _HIGHEST_PORT = 1024, 65535


def chosen() -> str:
    """Tell which kind of server the environment asks for: ``external``, ``container`` or ``embedded``.

    Raises:
        UnknownKind: DEVDB has a value we do not know.
        NoTestcontainers: A container is asked for, but the package is missing.
    """
    if os.environ.get("DATABASE_URL"):
        return "external"
    asked = os.environ.get("DEVDB") or "embedded"
    if asked not in {"embedded", "container"}:
        raise UnknownKind(value=asked)
    if asked == "container" and not _containers().engine_answers():
        return "embedded"
    return asked


def without_engine() -> bool:
    """Tell whether a container was asked for in vain, because no Docker engine answers."""
    return os.environ.get("DEVDB") == "container" and chosen() == "embedded"


def shared(kind: str, folder: Path, *, throwaway: bool = False) -> Shared:
    """Give the server of a kind in a folder.

    Args:
        kind: ``embedded`` or ``container``.
        folder: Where it lies.
        throwaway: Whether it is gone, data and all, with its last user.
    """
    server: Startable
    if kind == "container":
        server = _containers().Container(folder, throwaway=throwaway)
    else:
        server = Embedded(folder, port=None if throwaway else _port(), throwaway=throwaway)
    return Shared(folder, server, throwaway=throwaway)


def checkout_folder() -> Path:
    """Give the folder for the server of this checkout: DEVDB_FOLDER, or `.devdb` at the checkout's root."""
    named = os.environ.get("DEVDB_FOLDER")
    if named:
        return Path(named).absolute()
    here = Path.cwd()
    roots = (folder for folder in (here, *here.parents) if _is_root(folder))
    return next(roots, here) / ".devdb"


def _is_root(folder: Path) -> bool:
    return (folder / ".git").exists() or (folder / "noxfile.py").exists()


def _port() -> int | None:
    value = os.environ.get("DEVDB_PORT")
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or not _LOWEST_PORT <= int(value) <= _HIGHEST_PORT:
        raise BadPort(value=value)
    return int(value)


class _Containers(Protocol):
    def engine_answers(self) -> bool: ...

    def Container(self, folder: Path, *, throwaway: bool) -> Startable:  # noqa: N802 - a class, seen as its maker
        ...


def _containers() -> _Containers:
    try:
        # by name, at need: testcontainers is an extra, and slow to import
        return cast("_Containers", importlib.import_module("devdb.container"))
    except ModuleNotFoundError as error:
        raise NoTestcontainers from error
