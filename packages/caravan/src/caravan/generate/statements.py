"""From a difference between two catalogs to the statements that remove it, for everything Alembic does not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caravan.catalog import Catalog, Difference, Key
from caravan.generate import columns, enums
from caravan.generate.quoting import quoted

_COMMENT = re.compile(r"""(COMMENT ON (?:"(?:[^"]|"")*"|[^"])*? IS )E?'.*""", re.DOTALL)
_EXTENSION_VERSION = re.compile(r" VERSION '[^']*'$")

CONSTRAINTS = ("check constraint", "foreign key", "unique constraint", "primary key", "exclusion constraint")
ROUTINES = ("function", "procedure", "aggregate")
_OF_TABLES = ("trigger", "rule", "policy")
_BY_NAME = {
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "sequence": "SEQUENCE",
    "statistics": "STATISTICS",
    "index": "INDEX",
    "enum": "TYPE",
    "composite type": "TYPE",
    "range type": "TYPE",
    "domain": "DOMAIN",
}
_SWITCHED_OFF = {
    "row security": ("ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
    "forced row security": ("FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
}
# what tables may need before they can be made, in this order
EARLY = (
    "extension",
    "enum",
    "domain",
    "domain constraint",
    "composite type",
    "range type",
    "sequence",
    *ROUTINES,
)
# what Alembic makes, changes and drops itself; statements only repair what it left different
STRUCTURAL = (*CONSTRAINTS, "table", "column", "index", "sequence", "sequence ownership", "comment")


@dataclass(frozen=True)
class Change:
    """One object that must change.

    Args:
        key: the object.
        ways: lists of statements, each of which removes the difference; the first that works is taken.
        is_early: whether tables may need it before they can be made.
    """

    key: Key
    ways: tuple[tuple[str, ...], ...]
    is_early: bool

    @property
    def is_structural(self) -> bool:
        """Whether it is Alembic's business in the first place."""
        return self.key.kind in STRUCTURAL


def changes(current: Catalog, goal: Catalog) -> list[Change]:
    """Give what has to change, drops first.

    Args:
        current: what is there.
        goal: what should be.

    Returns:
        A change for every difference that statements can remove; parts of tables that come or go are left out.
    """
    keys = sorted(current.objects.keys() | goal.objects.keys(), key=_rank)
    found: list[Change] = []
    for key in keys:
        before, after = current.objects.get(key), goal.objects.get(key)
        if before == after or _goes_with_its_table(key, current, goal):
            continue
        ways = tuple(_ways(Difference(key, before, after), current))
        owned = Key("sequence ownership", key.schema, key.name) in goal.objects
        is_early = key.kind in EARLY and after is not None and not (key.kind == "sequence" and owned)
        if ways:
            found.append(Change(key, ways, is_early))
    return sorted(found, key=lambda change: change.key in goal.objects)


def _rank(key: Key) -> tuple[int, str, Key]:
    return (EARLY.index(key.kind) if key.kind in EARLY else len(EARLY), key.schema, key)


def _goes_with_its_table(key: Key, current: Catalog, goal: Catalog) -> bool:
    root = key.root
    if root.kind != "relation" or key.kind == "sequence ownership":
        return False
    owners = [Key(kind, key.schema, root.name) for kind in ("table", "materialized view", "view", "domain")]
    return (
        key not in goal.objects
        and not any(owner in goal.objects for owner in owners)
        and any(owner in current.objects for owner in owners)
    )


def _ways(difference: Difference, current: Catalog) -> Iterator[tuple[str, ...]]:
    key, before, after = difference.key, difference.before, difference.after
    if before is not None and after is not None:
        yield from _alterations(key, before, after, current)
        dropped, created = _drop(key, before), _create(key, after)
        if dropped and created and key.kind not in {"table", "column", "schema"}:
            yield (dropped, created)
    elif after is not None:
        created = _create(key, after)
        if created:
            yield (created,)
    elif before is not None:
        dropped = _drop(key, before)
        if dropped:
            yield (dropped,)


def _create(key: Key, definition: str) -> str | None:
    table = quoted(key.schema, *key.name[:1])
    if key.kind in CONSTRAINTS:
        return f"ALTER TABLE {table} ADD CONSTRAINT {quoted(key.name[1])} {definition}"
    if key.kind == "domain constraint":
        return f"ALTER DOMAIN {table} ADD CONSTRAINT {quoted(key.name[1])} {definition}"
    if key.kind == "extension":
        return _EXTENSION_VERSION.sub("", definition)
    if key.kind == "table":
        return definition if " PARTITION OF " in definition else None
    executable = {
        *ROUTINES,
        *_OF_TABLES,
        *_BY_NAME,
        *_SWITCHED_OFF,
        "trigger state",
        "replica identity",
        "comment",
    }
    return definition if key.kind in executable or key.kind == "sequence ownership" else None


def _drop(key: Key, definition: str) -> str | None:  # noqa: PLR0911 - a table of cases
    table = quoted(key.schema, *key.name[:1])
    if key.kind in CONSTRAINTS:
        return f"ALTER TABLE {table} DROP CONSTRAINT {quoted(key.name[1])}"
    if key.kind == "domain constraint":
        return f"ALTER DOMAIN {table} DROP CONSTRAINT {quoted(key.name[1])}"
    if key.kind in ROUTINES:
        return f"DROP {key.kind.upper()} {table}({key.name[1]})"
    if key.kind in _OF_TABLES:
        return f"DROP {key.kind.upper()} {quoted(key.name[1])} ON {table}"
    if key.kind in _BY_NAME:
        return f"DROP {_BY_NAME[key.kind]} {quoted(key.schema, key.name[-1])}"
    if key.kind in _SWITCHED_OFF:
        on, off = _SWITCHED_OFF[key.kind]
        return definition.removesuffix(on) + off
    return _undo(key, definition, table)


def _undo(key: Key, definition: str, table: str) -> str | None:  # noqa: PLR0911 - a table of cases
    match key.kind:
        case "extension":
            return f"DROP EXTENSION {quoted(key.name[0])}"
        case "trigger state":
            return f"ALTER TABLE {table} ENABLE TRIGGER {quoted(key.name[1])}"
        case "replica identity":
            return f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT"
        case "sequence ownership":
            return f"ALTER SEQUENCE {table} OWNED BY NONE"
        case "comment":
            return _COMMENT.sub(r"\1NULL", definition)
        case "table" if " PARTITION OF " in definition:
            return f"DROP TABLE {table}"
    return None


def _alterations(key: Key, before: str, after: str, current: Catalog) -> Iterator[tuple[str, ...]]:
    """Ways that keep the object."""
    name = quoted(key.schema, *key.name[:1])
    if key.kind == "enum":
        yield (
            enums.added(key, before, after)
            if enums.adds_only(before, after)
            else enums.remade(key, after, current)
        )
    elif key.kind == "view":
        yield (after.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1),)
    elif key.kind in {*ROUTINES, "comment", "sequence ownership", "replica identity", "trigger state"}:
        yield (after,)
    elif key.kind == "sequence":
        cycle = "" if after.endswith(" CYCLE") else " NO CYCLE"
        yield (after.replace("CREATE SEQUENCE", "ALTER SEQUENCE", 1) + cycle,)
    elif key.kind in CONSTRAINTS and before == f"{after} NOT VALID":
        yield (f"ALTER TABLE {name} VALIDATE CONSTRAINT {quoted(key.name[1])}",)
    elif key.kind == "domain":
        yield _domain(name, after)
    elif key.kind == "table" and before.replace(" UNLOGGED", "", 1) == after.replace(" UNLOGGED", "", 1):
        yield (f"ALTER TABLE {name} SET {'UNLOGGED' if after.startswith('CREATE UNLOGGED') else 'LOGGED'}",)
    elif key.kind == "column":
        yield from columns.alterations(key, before, after)


def _domain(name: str, after: str) -> tuple[str, ...]:
    rest = after.partition(" DEFAULT ")[2].removesuffix(" NOT NULL")
    default = f"SET DEFAULT {rest}" if rest else "DROP DEFAULT"
    null = "SET" if after.endswith(" NOT NULL") else "DROP"
    return (f"ALTER DOMAIN {name} {default}", f"ALTER DOMAIN {name} {null} NOT NULL")
