"""An app's models and references, imported from where its manifest says they are."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TypeVar

from sqlalchemy import MetaData

from caravan.errors import BadManifest
from caravan.manifest import MANIFEST, App
from caravan.references import References

_T = TypeVar("_T")


def metadata_of(app: App) -> MetaData:
    """Import an app's MetaData, with all its tables.

    Args:
        app: whose.

    Raises:
        BadManifest: there is nothing at the place the manifest names, or something else.
    """
    return _imported(app, "metadata", app.metadata, MetaData)


def references_of(app: App) -> References:
    """Import what an app declares to use of others.

    Args:
        app: whose.

    Returns:
        Its references; empty ones if the manifest names none.

    Raises:
        BadManifest: there is nothing at the place the manifest names, or something else.
    """
    if app.references is None:
        return References()
    return _imported(app, "references", app.references, References)


def _imported(app: App, key: str, place: str, kind: type[_T]) -> _T:
    module, _, attribute = place.partition(":")
    try:
        with redirect_stdout(sys.stderr):  # what it prints is no part of a command's own output
            value = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, SystemExit) as problem:
        words = f"{type(problem).__name__}: {problem}" if isinstance(problem, SystemExit) else problem
        reason = f'{key} = "{place}" cannot be imported: {words}'
        raise BadManifest(path=app.folder / MANIFEST, reason=reason) from problem
    if not isinstance(value, kind):
        reason = f'{key} = "{place}" is a {type(value).__name__}, not a {kind.__name__}'
        raise BadManifest(path=app.folder / MANIFEST, reason=reason)
    return value
