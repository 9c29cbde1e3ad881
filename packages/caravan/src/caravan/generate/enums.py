"""Changing an enum: new labels are added; for any other change the type is made anew and its columns moved."""

from __future__ import annotations

import re

from psycopg import sql

from caravan.catalog import Catalog, Key
from caravan.generate.quoting import quoted

_LABEL = re.compile(r"E?'((?:[^']|'')*)'")


def labels(definition: str) -> list[str]:
    """Give an enum's labels in order, from the statement that makes it."""
    return [label.replace("''", "'") for label in _LABEL.findall(definition.partition(" AS ENUM (")[2])]


def adds_only(before: str, after: str) -> bool:
    """Whether the second definition has all labels of the first, in the same order."""
    remaining = iter(labels(after))
    return all(label in remaining for label in labels(before))


def added(key: Key, before: str, after: str) -> tuple[str, ...]:
    """Give the statements that add the labels which are missing, each at its place."""
    known, wanted = labels(before), labels(after)
    statements: list[str] = []
    for position, label in enumerate(wanted):
        if label not in known:
            place = f"AFTER {_literal(wanted[position - 1])}" if position else f"BEFORE {_literal(known[0])}"
            statements.append(
                f"ALTER TYPE {quoted(key.schema, *key.name)} ADD VALUE {_literal(label)} {place}"
                if known
                else f"ALTER TYPE {quoted(key.schema, *key.name)} ADD VALUE {_literal(label)}"
            )
            known.append(label)
    return tuple(statements)


def remade(key: Key, after: str, current: Catalog) -> tuple[str, ...]:
    """Give the statements that make the type anew and move every column of it there.

    Args:
        key: the enum.
        after: the statement that makes the new one.
        current: to find the columns that use it.
    """
    name = quoted(key.schema, *key.name)
    old = f"{key.name[0][:50]}_before"
    statements = [f"ALTER TYPE {name} RENAME TO {quoted(old)}", after]
    # in a definition the type is spelled as in the CREATE TYPE statement
    spelled = after.removeprefix("CREATE TYPE ").partition(" AS ENUM (")[0]
    for column, definition in current.of("column").objects.items():
        kind, _, rest = definition.partition(" DEFAULT ")
        bare = kind.removesuffix(" NOT NULL")
        if bare not in {spelled, f"{spelled}[]"}:
            continue
        alter = f"ALTER TABLE {quoted(column.schema, column.name[0])} ALTER COLUMN {quoted(column.name[1])}"
        array = "[]" if bare.endswith("[]") else ""
        default = rest.removesuffix(" NOT NULL")
        if default:
            statements.append(f"{alter} DROP DEFAULT")
        statements.append(
            f"{alter} TYPE {name}{array} USING {quoted(column.name[1])}::text{array}::{name}{array}"
        )
        if default:
            statements.append(f"{alter} SET DEFAULT {default}")
    return (*statements, f"DROP TYPE {quoted(key.schema, old)}")


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)
