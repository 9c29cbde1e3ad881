"""What an app declares, as files: the manifest, the models and the references, read without importing them."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from caravan.manifest import MANIFEST, App


def declared_checksum(app: App) -> str:
    """Give one checksum of everything that privileges are derived from; how lines end does not count.

    Args:
        app: whose files are read.
    """
    digest = hashlib.sha256()
    places = (app.metadata, app.references or "")
    files = [file for place in places for file in _sources(app, place.partition(":")[0])]
    for path in dict.fromkeys([app.folder / MANIFEST, *files]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def _sources(app: App, module: str) -> list[Path]:
    """Find a module's file; of a package every file in it, for any of them may be what it imports from."""
    stem = _stem(app, module)
    if stem is None:
        return []
    if not stem.is_dir():
        return [file for file in (stem.with_suffix(".py"),) if file.is_file()]
    return sorted(file for file in stem.rglob("*.py") if not file.is_relative_to(app.migrations))


def _stem(app: App, module: str) -> Path | None:
    """Give the path of a module without its suffix, None if there is no such package."""
    if module == app.package or module.startswith(f"{app.package}."):
        return app.folder.joinpath(*module.split(".")[app.package.count(".") + 1 :])
    package, *inside = module.split(".")
    spec = find_spec(package) if package else None
    if spec is None:
        return None
    if spec.submodule_search_locations is not None:
        return Path(next(iter(spec.submodule_search_locations))).joinpath(*inside)
    return Path(spec.origin).with_suffix("") if spec.has_location and spec.origin else None
