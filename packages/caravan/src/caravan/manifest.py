"""Apps: found by entry point, described by caravan.toml, read without importing anything of theirs."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from caravan.errors import BadManifest, NoSuchApp

GROUP = "caravan.apps"
MANIFEST = "caravan.toml"
_REQUIRED = ("app", "schema", "metadata")
_RESERVED = ("caravan", "information_schema")
_LONGEST = 63  # bytes of a name; Postgres cuts what is longer without a word
_OPTIONAL = ("references", "migrations", "version_table", "owner", "runtime")


@dataclass(frozen=True)
class App:
    """One service: its schema, its models, its migrations and its two roles.

    Args:
        name: as everyone calls it, for instance "trading".
        package: the import package that holds caravan.toml.
        folder: that package's folder.
        schema: the Postgres schema it owns.
        metadata: where its MetaData is, as "module:attribute".
        references: where its References are, as "module:attribute", or None.
        migrations: the folder of its Alembic environment.
        version_table: the name of Alembic's table in the schema.
        owner: the role that owns schema and tables and runs migrations.
        runtime: the role the service runs as.
    """

    name: str
    package: str
    folder: Path
    schema: str
    metadata: str
    references: str | None
    migrations: Path
    version_table: str
    owner: str
    runtime: str


def discover() -> dict[str, App]:
    """Find every app that is installed here.

    Returns:
        The apps by name, sorted. With CARAVAN_APPS set (import packages, separated by commas) exactly those.

    Raises:
        BadManifest: a manifest is missing or wrong, or two apps claim the same name, version table or role.
    """
    listed = os.environ.get("CARAVAN_APPS", "")
    named: list[tuple[str | None, str]]
    if listed.strip():
        named = [(None, package.strip()) for package in listed.split(",") if package.strip()]
    else:
        named = [(point.name, point.value) for point in entry_points(group=GROUP)]
    apps: dict[str, App] = {}
    for expected, package in named:
        app = read(package, expected)
        if app.name in apps and apps[app.name].package != package:
            reason = f'the app name "{app.name}" is also used by {apps[app.name].package}'
            raise BadManifest(path=app.folder / MANIFEST, reason=reason)
        apps[app.name] = app
    _refuse_shared_version_tables(apps)
    _refuse_shared_roles(apps)
    return dict(sorted(apps.items()))


def named(apps: dict[str, App], name: str) -> App:
    """Give the app of that name.

    Raises:
        NoSuchApp: there is none.
    """
    if name not in apps:
        raise NoSuchApp(app=name, known=", ".join(apps) or "none")
    return apps[name]


def read(package: str, expected: str | None = None) -> App:
    """Read one app's manifest.

    Args:
        package: its import package.
        expected: the name its entry point gives it, if any.

    Raises:
        BadManifest: the package or the file is missing, a key is missing, unknown or of the wrong type.
    """
    folder = _folder(package)
    path = folder / MANIFEST
    values = _values(path)
    if expected is not None and values["app"] != expected:
        reason = f'app = "{values["app"]}", but the entry point calls it "{expected}"; use one name'
        raise BadManifest(path=path, reason=reason)
    migrations = folder / values.get("migrations", "migrations")
    if not migrations.is_dir():
        raise BadManifest(path=path, reason=f"the migrations folder {migrations.name} does not exist")
    app = App(
        name=values["app"],
        package=package,
        folder=folder,
        schema=values["schema"],
        metadata=values["metadata"],
        references=values.get("references"),
        migrations=migrations,
        version_table=values.get("version_table", "alembic_version"),
        owner=values.get("owner", f"{values['app']}_owner"),
        runtime=values.get("runtime", f"{values['app']}_runtime"),
    )
    _refuse_impossible_names(app)
    return app


def _folder(package: str) -> Path:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        reason = f'there is no package "{package}"; is the app installed'
        raise BadManifest(path=MANIFEST, reason=reason)
    return Path(next(iter(spec.submodule_search_locations)))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason = "there is no such file; it names the app, its schema and its models"
    except OSError as problem:
        reason = f"it cannot be read: {problem.strerror}"
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        reason = f"not TOML: {problem}"
    raise BadManifest(path=path, reason=reason)


def _values(path: Path) -> dict[str, str]:
    values = _read(path)
    for key in _REQUIRED:
        if key not in values:
            raise BadManifest(path=path, reason=f'the key "{key}" is missing')
    for key, value in values.items():
        if key not in _REQUIRED + _OPTIONAL:
            reason = f'the key "{key}" is unknown; there are {", ".join(_REQUIRED + _OPTIONAL)}'
            raise BadManifest(path=path, reason=reason)
        if not isinstance(value, str) or not value:
            raise BadManifest(path=path, reason=f'"{key}" must be a text that is not empty')
    for key in ("metadata", "references"):
        if key in values and ":" not in values[key]:
            raise BadManifest(path=path, reason=f'"{key}" must look like "module:attribute"')
    return values


def _refuse_impossible_names(app: App) -> None:
    path = app.folder / MANIFEST
    if app.schema in _RESERVED or app.schema.startswith("pg_"):
        reason = f"schema = \"{app.schema}\" cannot be an app's: it is Postgres's own, or Caravan's"
        raise BadManifest(path=path, reason=reason)
    for key in ("schema", "version_table", "owner", "runtime"):
        name = getattr(app, key)
        if "\0" in name or len(name.encode()) > _LONGEST:
            reason = f'"{key}" must have at most {_LONGEST} bytes and no NUL, as every name in Postgres'
            raise BadManifest(path=path, reason=reason)


def _refuse_shared_roles(apps: dict[str, App]) -> None:
    seen: dict[str, str] = {}
    for app in apps.values():
        for key, role in (("owner", app.owner), ("runtime", app.runtime)):
            other = seen.setdefault(role, f"{key} role of {app.name}")
            if other != f"{key} role of {app.name}":
                reason = (
                    f'{key} = "{role}" is also the {other}; each role has the privileges of one app alone'
                )
                raise BadManifest(path=app.folder / MANIFEST, reason=reason)


def _refuse_shared_version_tables(apps: dict[str, App]) -> None:
    seen: dict[tuple[str, str], App] = {}
    for app in apps.values():
        other = seen.setdefault((app.schema, app.version_table), app)
        if other is not app:
            reason = (
                f"{other.name} also keeps its version in {app.schema}.{app.version_table}; "
                f'give each its own, as version_table = "alembic_version_{app.name}"'
            )
            raise BadManifest(path=app.folder / MANIFEST, reason=reason)
