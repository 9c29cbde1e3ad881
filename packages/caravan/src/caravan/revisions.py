"""Revisions: what an app's version files say of themselves, read from their headers without importing them."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from caravan.errors import BadRevisionFile, NoSuchRevision, TwoHeads
from caravan.manifest import App

_PHASES = ("expand", "contract")
_HEADER = ("revision", "down_revision", "depends_on", "requires", "phase", "accepts")


@dataclass(frozen=True)
class Revision:
    """One step of one app's schema.

    Args:
        app: the app's name.
        id: Alembic's revision identifier.
        down: what it follows; empty for the first, several for a merge.
        requires: revisions of other apps, by app, that must be applied before it.
        phase: "expand", "contract" or None.
        accepts: hazards that were looked at, with the reason.
        message: the first line of its docstring.
        path: its file.
        checksum: SHA-256 of the file with line ends made equal, as hex.
        transactional: False if it leaves its transaction (an autocommit block).
    """

    app: str
    id: str
    down: tuple[str, ...]
    requires: Mapping[str, str]
    phase: str | None
    accepts: Mapping[str, str]
    message: str
    path: Path
    checksum: str
    transactional: bool

    def __str__(self) -> str:
        """As people call it: "trading 75feb096d807"."""
        return f"{self.app} {self.id}"


class Revisions:
    """All revisions of one app, in an order in which each follows what it names as down_revision."""

    def __init__(self, app: App, revisions: Mapping[str, Revision]) -> None:
        """Order the revisions.

        Args:
            app: whose they are.
            revisions: them by identifier.

        Raises:
            BadRevisionFile: one follows a revision that does not exist, or they follow each other in a circle.
        """
        self.app = app
        self._by_id = _ordered(revisions)

    @classmethod
    def load(cls, app: App) -> Revisions:
        """Read the headers of every file in the app's versions folder.

        Raises:
            BadRevisionFile: a file is not Python, lacks a revision, or repeats another's.
        """
        found: dict[str, Revision] = {}
        paths = sorted((app.migrations / "versions").glob("*.py"))
        for path in (path for path in paths if path.stem != "__init__"):  # which Alembic leaves out too
            revision = read_header(app, path)
            if revision.id in found:
                reason = f'revision "{revision.id}" is also {found[revision.id].path.name}'
                raise BadRevisionFile(path=path, reason=reason)
            found[revision.id] = revision
        return cls(app, found)

    def __iter__(self) -> Iterator[Revision]:
        """In order, first to last."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_id)

    def __contains__(self, identifier: object) -> bool:
        """Whether there is a revision of that identifier."""
        return identifier in self._by_id

    def __getitem__(self, identifier: str) -> Revision:
        """Give the revision of that identifier, or raise KeyError."""
        return self._by_id[identifier]

    def find(self, given: str) -> Revision:
        """Give the revision that a person named, by its identifier or the beginning of it, or "head".

        Raises:
            NoSuchRevision: none or several begin like that.
            TwoHeads: "head" was asked for and there are several.
        """
        if given == "head" and self._by_id:
            return self[self.head or ""]
        matching = [r for r in self if r.id == given] or [r for r in self if r.id.startswith(given)]
        if len(matching) != 1:
            raise NoSuchRevision(app=self.app.name, revision=given)
        return matching[0]

    @property
    def heads(self) -> tuple[str, ...]:
        """The identifiers that nothing follows."""
        followed = {down for revision in self for down in revision.down}
        return tuple(r.id for r in self if r.id not in followed)

    @property
    def head(self) -> str | None:
        """The one head, None without revisions.

        Raises:
            TwoHeads: there are several.
        """
        heads = self.heads
        if len(heads) > 1:
            raise TwoHeads(app=self.app.name, count=len(heads), heads=", ".join(heads))
        return heads[0] if heads else None

    def ancestors(self, identifier: str) -> set[str]:
        """All that this revision stands on, itself included."""
        seen: set[str] = set()
        waiting = [identifier]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting.extend(self[current].down)
        return seen


def read_header(app: App, path: Path) -> Revision:
    """Read one version file's header.

    Args:
        app: whose it is.
        path: the file.

    Raises:
        BadRevisionFile: it is not Python, or a header attribute is missing or not a literal.
    """
    try:
        source = path.read_bytes()
        tree = ast.parse(source)
    except OSError as problem:
        raise BadRevisionFile(path=path, reason=f"it cannot be read: {problem.strerror}") from None
    except (SyntaxError, ValueError) as problem:
        raise BadRevisionFile(path=path, reason=f"not Python: {problem}") from None
    header = _header(path, tree)
    identifier = header.get("revision")
    if not isinstance(identifier, str) or not identifier:
        raise BadRevisionFile(path=path, reason='it has no line like revision = "75feb096d807"')
    if "down_revision" not in header:
        raise BadRevisionFile(path=path, reason="it has no down_revision; the first one says None")
    if header.get("depends_on"):
        reason = "depends_on is not followed; name revisions of other apps in requires, and of this one in down_revision"
        raise BadRevisionFile(path=path, reason=reason)
    phase = header.get("phase")
    if phase is not None and phase not in _PHASES:
        raise BadRevisionFile(path=path, reason=f"phase must be one of {', '.join(_PHASES)}")
    return Revision(
        app=app.name,
        id=identifier,
        down=_down(path, header["down_revision"]),
        requires=_texts(path, "requires", header),
        phase=str(phase) if phase is not None else None,
        accepts=_texts(path, "accepts", header),
        message=((ast.get_docstring(tree) or "").strip().splitlines() or [_slug(path)])[0].rstrip("."),
        path=path,
        checksum=checksum(source),
        transactional=not any(_is_autocommit(node) for node in ast.walk(tree)),
    )


def checksum(source: bytes) -> str:
    """Give the SHA-256 of a file's bytes as hex; how lines end does not count."""
    return hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest()


def _header(path: Path, tree: ast.Module) -> dict[str, object]:
    header: dict[str, object] = {}
    for node in tree.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _HEADER:
                try:
                    header[target.id] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                except ValueError:
                    reason = f"{target.id} must be written out, not computed"
                    raise BadRevisionFile(path=path, reason=reason) from None
    return header


def _down(path: Path, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, (tuple, list)) else () if value is None else (value,)
    if not all(isinstance(v, str) and v for v in values):
        raise BadRevisionFile(path=path, reason="down_revision must be a revision, a tuple of them, or None")
    return tuple(values)


def _texts(path: Path, key: str, header: Mapping[str, object]) -> dict[str, str]:
    value = header.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(t, str) for pair in value.items() for t in pair):
        raise BadRevisionFile(path=path, reason=f'{key} must look like {{"platform": "75feb096d807"}}')
    return value


def _slug(path: Path) -> str:
    return re.sub(r"^[\d_]+", "", path.stem).replace("_", " ") or path.stem


def _is_autocommit(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "autocommit_block"


def _ordered(revisions: Mapping[str, Revision]) -> dict[str, Revision]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for revision in revisions.values():
        for down in revision.down:
            if down not in revisions:
                reason = f'it follows "{down}", which does not exist'
                raise BadRevisionFile(path=revision.path, reason=reason)
        sorter.add(revision.id, *revision.down)
    try:
        return {identifier: revisions[identifier] for identifier in sorter.static_order()}
    except ValueError as problem:
        path = revisions[problem.args[1][0]].path
        reason = f"the revisions follow each other in a circle: {' → '.join(problem.args[1])}"
        raise BadRevisionFile(path=path, reason=reason) from None
