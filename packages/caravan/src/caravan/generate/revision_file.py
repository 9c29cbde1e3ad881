"""The revision's file: its name, its text, and the SQL it would run."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from runpy import run_path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from caravan.errors import CannotWrite
from caravan.generate.quoting import indented
from caravan.manifest import App
from caravan.tools import ask

_SLUG_LENGTH = 50


@dataclass(frozen=True)
class RevisionFile:
    """A revision that is to be written.

    Args:
        app: whose.
        message: what it does, in a person's words.
        down: what it follows, None for the first.
        requires: revisions of other apps, by app.
        upgrade: pieces of Python.
        downgrade: pieces of Python.
        imports: import lines they need besides `op` and `sa`.
    """

    app: App
    message: str
    down: str | None
    requires: Mapping[str, str]
    upgrade: Iterable[str] = ()
    downgrade: Iterable[str] = ()
    imports: Iterable[str] = ()

    @contextmanager
    def written(self) -> Iterator[tuple[str, Path]]:
        """Write the file, and take it away again if what follows fails.

        Yields:
            The revision's identifier and the file.

        Raises:
            CannotWrite: the folder does not take it.
        """
        identifier = uuid.uuid4().hex[-12:]
        path = self._path()
        text = formatted(self._text(identifier), path)
        try:
            _write(path, text)
            yield identifier, path
        except BaseException:
            with suppress(OSError):  # then it is not there
                path.unlink()
            raise

    def _path(self) -> Path:
        slug = re.sub(r"\W+", "_", self.message.lower()).strip("_")[:_SLUG_LENGTH].rstrip("_") or "revision"
        folder = self.app.migrations / "versions"
        path = folder / f"{datetime.now(UTC):%Y_%m_%d_%H%M}_{slug}.py"
        number = 1
        while path.exists():
            number += 1
            path = path.with_stem(f"{path.stem.removesuffix(f'_{number - 1}')}_{number}")
        return path

    def _text(self, identifier: str) -> str:
        upgrade, downgrade = _body(self.upgrade), _body(self.downgrade)
        # Only a name that is used is imported; sa is what Alembic's pieces say `sa.` with.
        alchemy = ["import sqlalchemy as sa"] if "sa." in upgrade + downgrade else []
        others = [
            line for line in sorted(self.imports) if line.rpartition(" ")[2] + "." in upgrade + downgrade
        ]
        header = [f"revision = {_text_literal(identifier)}", f"down_revision = {_text_literal(self.down)}"]
        if self.requires:
            pairs = ", ".join(
                f"{_text_literal(k)}: {_text_literal(v)}" for k, v in sorted(self.requires.items())
            )
            header.append(f"requires = {{{pairs}}}")
        message = self.message.replace("\\", "\\\\").replace('"', '\\"').rstrip(".")
        return "\n".join(
            [
                f'"""{message}."""\n\nfrom __future__ import annotations\n',
                *alchemy,
                "from alembic import op",
                *others,
                "",
                *header,
                f"\n\ndef upgrade() -> None:\n{upgrade}\n\n\ndef downgrade() -> None:\n{downgrade}\n",
            ]
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CannotWrite(path=path, reason=problem.strerror) from problem


def formatted(text: str, path: Path) -> str:
    """Format Python as the project does, where ruff is installed.

    Args:
        text: the source.
        path: where it will be, which decides about the configuration.
    """
    answer = ask("ruff", ["format", "--quiet", "--stdin-filename", str(path), "-"], text)
    return answer.text if answer is not None and answer.code == 0 else text


def upgrade_sql(path: Path) -> str:
    """Give the SQL of a revision's upgrade, as Postgres would read it.

    Args:
        path: its file.
    """
    output = StringIO()
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # it leaves % alone
    options = {"as_sql": True, "output_buffer": output, "literal_binds": True}
    context = MigrationContext.configure(dialect=dialect, opts=options)
    with redirect_stdout(sys.stderr), Operations.context(context):
        run_path(str(path))["upgrade"]()
    return output.getvalue().strip()


def _body(pieces: Iterable[str]) -> str:
    return "\n".join(indented(piece) for piece in pieces) or "    pass"


def _text_literal(value: str | None) -> str:
    return "None" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
