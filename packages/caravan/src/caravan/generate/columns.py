"""Changing a column: its type, collation, default, identity, computation and nullability, from the two definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from caravan.catalog import Key
from caravan.generate.quoting import quoted

_DEFINITION = re.compile(
    r"(?P<base>.*?)(?: STORAGE (?P<storage>\w+))?(?: COMPRESSION (?P<compression>\w+))?(?P<collation> COLLATE .*?)?"
    r"(?: DEFAULT (?P<default>.*?)| GENERATED (?P<kind>ALWAYS|BY DEFAULT) AS"
    r" (?:IDENTITY(?P<identity>| \(.*?\))|(?P<computed>\(.*?\) (?:STORED|VIRTUAL))))?(?P<null> NOT NULL)?(?: NOT VALID)?",
    re.DOTALL,
)
_OPTION = re.compile(r"START WITH -?\d+|INCREMENT BY -?\d+|MINVALUE -?\d+|MAXVALUE -?\d+|CACHE \d+|CYCLE")
_STANDARD = {
    "START": "START WITH 1",
    "INCREMENT": "INCREMENT BY 1",
    "MINVALUE": "NO MINVALUE",
    "MAXVALUE": "NO MAXVALUE",
    "CACHE": "CACHE 1",
    "CYCLE": "NO CYCLE",
}


@dataclass(frozen=True)
class ColumnDefinition:
    """A column's definition, taken apart.

    Args:
        type: with its collation.
        storage: how large values are kept, if not as is usual for the type.
        compression: how they are compressed, if not as the server does by default.
        default: its expression.
        identity: the options of its sequence ("" for none) if it is one.
        kind: "ALWAYS" or "BY DEFAULT", of an identity.
        computed: the expression, and whether it is stored.
        is_required: whether it is NOT NULL.
    """

    type: str
    storage: str | None
    compression: str | None
    default: str | None
    identity: str | None
    kind: str | None
    computed: str | None
    is_required: bool

    @classmethod
    def read(cls, definition: str) -> ColumnDefinition:
        """Take a catalog's definition apart."""
        found = _DEFINITION.fullmatch(definition)
        parts = found.groupdict() if found else {"base": definition}
        return cls(
            type=parts["base"] + (parts.get("collation") or ""),
            storage=parts.get("storage"),
            compression=parts.get("compression"),
            default=parts.get("default"),
            identity=parts.get("identity"),
            kind=parts.get("kind"),
            computed=parts.get("computed"),
            is_required=bool(parts.get("null")),
        )


def alterations(key: Key, before: str, after: str) -> Iterator[tuple[str, ...]]:
    """Give the ways to change a column.

    Args:
        key: the column.
        before: its definition in the catalog.
        after: what it should be.
    """
    table, column = quoted(key.schema, key.name[0]), quoted(key.name[1])
    old, new = ColumnDefinition.read(before), ColumnDefinition.read(after)
    if old.computed != new.computed:
        # What is computed can be computed again.
        yield (
            f"ALTER TABLE {table} DROP COLUMN {column}",
            f"ALTER TABLE {table} ADD COLUMN {column} {after}",
        )
        return
    alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
    retype = [f"{alter} TYPE {new.type}"] if old.type != new.type else []
    rest = [
        f"{alter} {change}"
        for change in (*_storage(old, new), *_default(old, new), *_identity(old, new), *_null(old, new))
    ]
    yield (*retype, *rest)
    if retype:
        bare = new.type.partition(" COLLATE ")[0]
        dropped = [f"{alter} DROP DEFAULT"] if old.default else []
        again = [f"{alter} SET DEFAULT {new.default}"] if new.default and old.default == new.default else []
        yield (*dropped, f"{alter} TYPE {new.type} USING {column}::text::{bare}", *again, *rest)


def _storage(old: ColumnDefinition, new: ColumnDefinition) -> Iterator[str]:
    if old.storage != new.storage:
        yield f"SET STORAGE {new.storage or 'DEFAULT'}"
    if old.compression != new.compression:
        yield f"SET COMPRESSION {new.compression or 'default'}"


def _default(old: ColumnDefinition, new: ColumnDefinition) -> Iterator[str]:
    if old.default != new.default:
        yield f"SET DEFAULT {new.default}" if new.default else "DROP DEFAULT"


def _null(old: ColumnDefinition, new: ColumnDefinition) -> Iterator[str]:
    if old.is_required != new.is_required and new.identity is None:
        yield "SET NOT NULL" if new.is_required else "DROP NOT NULL"


def _identity(old: ColumnDefinition, new: ColumnDefinition) -> Iterator[str]:
    if old.identity is not None and new.identity is None:
        yield "DROP IDENTITY"
    elif old.identity is None and new.identity is not None:
        yield from () if old.is_required else ("SET NOT NULL",)
        yield f"ADD GENERATED {new.kind} AS IDENTITY{new.identity}"
    elif old.identity is not None and new.identity is not None:
        if old.kind != new.kind:
            yield f"SET GENERATED {new.kind}"
        before, after = _options(old.identity), _options(new.identity)
        for name in before | after:
            if before.get(name) != after.get(name):
                yield f"SET {after.get(name, _STANDARD[name])}"


def _options(text: str) -> dict[str, str]:
    return {option.partition(" ")[0]: option for option in _OPTION.findall(text)}
