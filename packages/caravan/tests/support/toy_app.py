"""A toy app: an import package with models, references and an Alembic environment, written to disk for one test."""

from __future__ import annotations

import itertools
import json
import os
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_IMPORTS = """from sqlalchemy import (
    BigInteger, Boolean, CheckConstraint, Column, DDL, DateTime, ForeignKey, ForeignKeyConstraint, Index, Integer,
    MetaData, Numeric, String, Table, Text, UniqueConstraint, Uuid, event, func, text,
)
"""

_MAKO = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''

# Python's bytecode cache tells versions of a source apart by whole seconds and size. A test rewrites a file within
# one second, so every file gets a time of its own.
_times = itertools.count(int(time.time()) - 1_000_000)


def write(path: Path, text: str) -> Path:
    """Write a file whose modification time differs from that of every other version of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = next(_times)
    os.utime(path, (moment, moment))
    return path


@dataclass
class ToyApp:
    """An app in a workshop's folder.

    Args:
        name: as the manifest says it.
        package: its import package, unique to the workshop.
        root: the folder that is on the import path.
        schema: the schema it owns.
        owner: the role that owns it; cluster-wide, so unique to the workshop.
        runtime: the role its service would run as.
    """

    name: str
    package: str
    root: Path
    schema: str
    owner: str
    runtime: str
    manifest: dict[str, str] = field(default_factory=dict)
    revisions: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the package with no tables and no revision."""
        self.manifest = {
            "app": self.name,
            "schema": self.schema,
            "metadata": f"{self.package}.tables:metadata",
            "owner": self.owner,
            "runtime": self.runtime,
            **self.manifest,
        }
        write(self.folder / "__init__.py", "")
        env = f"from caravan.environment import run\n\nrun({self.name!r})\n"
        write(self.folder / "migrations" / "env.py", f'"""Hands this environment to Caravan."""\n\n{env}')
        write(self.folder / "migrations" / "script.py.mako", _MAKO)
        write(
            self.folder / "pyproject.toml", f'[tool.alembic]\nscript_location = "{self.package}:migrations"\n'
        )
        self.versions.mkdir(exist_ok=True)
        self.write_manifest()
        self.tables("")

    @property
    def folder(self) -> Path:
        """The package's folder."""
        return self.root / self.package

    @property
    def versions(self) -> Path:
        """Where the revision files are."""
        return self.folder / "migrations" / "versions"

    @property
    def head(self) -> str:
        """The revision written last."""
        return list(self.revisions)[-1]

    def write_manifest(self, **changes: str | None) -> Path:
        """Write caravan.toml; a change to None takes the key out."""
        for key, value in changes.items():
            if value is None:
                self.manifest.pop(key, None)
            else:
                self.manifest[key] = value
        lines = (f"{key} = {json.dumps(value)}\n" for key, value in self.manifest.items())
        return write(self.folder / "caravan.toml", "".join(lines))

    def tables(self, code: str, *, imports: str = "") -> None:
        """Write the models: `code` finds SQLAlchemy's names and a `metadata` of the app's schema."""
        head = f"{_IMPORTS}{imports}\nmetadata = MetaData(schema={self.schema!r})\n"
        write(self.folder / "tables.py", f"{head}\n{textwrap.dedent(code)}")

    def references(self, code: str) -> None:
        """Write the references: `code` finds SQLAlchemy's names and `references`."""
        head = f"{_IMPORTS}from caravan.references import References\n\nreferences = References()\n"
        write(self.folder / "references.py", f"{head}\n{textwrap.dedent(code)}")
        self.write_manifest(references=f"{self.package}.references:references")

    def revise(  # noqa: PLR0913 - each is a part of the file
        self,
        up: str | Sequence[str],
        down: str | Sequence[str] = (),
        *,
        requires: Mapping[str, str] | None = None,
        follows: str | tuple[str, ...] | None = "the last",
        revision: str | None = None,
        message: str | None = None,
        header: str = "",
    ) -> str:
        """Write a revision of SQL statements.

        Args:
            up: the statements of the upgrade.
            down: those of the downgrade.
            requires: revisions of other apps.
            follows: its down_revision; by default the revision written before it.
            revision: its identifier; by default one made of the app's name and a number.
            message: the first line of its docstring.
            header: more lines at the top level.

        Returns:
            Its identifier.
        """
        return self.write_revision(
            _statements(up),
            _statements(down),
            requires=requires,
            follows=follows,
            revision=revision,
            message=message,
            header=header,
        )

    def write_revision(  # noqa: PLR0913 - each is a part of the file
        self,
        upgrade: str,
        downgrade: str = "pass",
        *,
        requires: Mapping[str, str] | None = None,
        follows: str | tuple[str, ...] | None = "the last",
        revision: str | None = None,
        message: str | None = None,
        header: str = "",
    ) -> str:
        """Write a revision of Python code; as `revise` otherwise."""
        number = len(self.revisions) + 1
        identifier = revision or f"{self.package[:3]}{number:09d}"
        if follows == "the last":
            follows = self.head if self.revisions else None
        title = message or f"step {number} of {self.name}"
        needs = f"requires = {dict(requires)!r}\n" if requires else ""
        body = (
            f"{title + '.'!r}\n\n"
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f"revision = {identifier!r}\ndown_revision = {follows!r}\n{needs}{header}\n\n"
            f"def upgrade() -> None:\n{textwrap.indent(upgrade, '    ')}\n\n\n"
            f"def downgrade() -> None:\n{textwrap.indent(downgrade, '    ')}\n"
        )
        path = (
            self.revisions.get(identifier) or self.versions / f"2026_11_21_{1000 + number}_step_{number}.py"
        )
        self.revisions[identifier] = write(path, body)
        return identifier


def _statements(given: str | Sequence[str]) -> str:
    statements = [given] if isinstance(given, str) else given
    return "\n".join(f"op.execute({statement!r})" for statement in statements) or "pass"
