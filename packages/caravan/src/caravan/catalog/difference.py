"""Comparing two catalogs, and saying in a sentence what differs."""

from __future__ import annotations

from dataclasses import dataclass

from caravan.catalog.snapshot import Catalog, Key

_SHORT = 200  # characters of a definition that are still readable within a sentence


@dataclass(frozen=True)
class Difference:
    """One object that two catalogs do not agree about.

    Args:
        key: the object.
        before: its definition in the first catalog, None if it is not there.
        after: its definition in the second.
        names: what to call the two catalogs.
    """

    key: Key
    before: str | None
    after: str | None
    names: tuple[str, str] = ("before", "after")

    def __str__(self) -> str:
        """One sentence that names the object with its schema."""
        first, second = self.names
        if self.before is None:
            return f"{self.key} exists only {second}"
        if self.after is None:
            return f"{self.key} exists only {first}"
        before, after = _contrast(self.before, self.after)
        return f"{self.key} differs: {first} {before}; {second} {after}"


def compare(
    before: Catalog, after: Catalog, names: tuple[str, str] = ("before", "after")
) -> list[Difference]:
    """Compare two catalogs.

    Args:
        before: the first.
        after: the second.
        names: what the sentences call them, so that "exists only …" reads well, for instance "in the models".

    Returns:
        A difference for every object that is not the same in both, by schema, kind and name. What belongs to an
        object that is only in one of them (a table's columns, a column's comment) is not listed besides it.
    """
    found = [
        Difference(key, before.objects.get(key), after.objects.get(key), names)
        for key in sorted(
            before.objects.keys() | after.objects.keys(), key=lambda k: (k.schema, k.kind, k.name)
        )
        if before.objects.get(key) != after.objects.get(key)
    ]
    whole = {
        (d.key.schema, d.key.name, d.before is None) for d in found if d.before is None or d.after is None
    }
    return [d for d in found if not _is_part(d, whole)]


def _is_part(difference: Difference, whole: set[tuple[str, tuple[str, ...], bool]]) -> bool:
    """Whether it comes or goes with the table, column, view, function or type it belongs to."""
    key = difference.key
    if difference.before is not None and difference.after is not None:
        return False
    direction = difference.before is None
    return any(
        above is not key and above.name and (key.schema, above.name, direction) in whole
        for above in (key.root, key.about)
    )


def _contrast(before: str, after: str) -> tuple[str, str]:
    """Give two definitions, or if they are long the first line in which they differ."""
    if max(len(before), len(after)) <= _SHORT and "\n" not in before + after:
        return before, after
    ours, theirs = before.splitlines(), after.splitlines()
    same = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    line, other = ("".join(lines[same : same + 1]).strip() or "(ends)" for lines in (ours, theirs))
    start = _first_difference(line, other)
    return f"line {same + 1} {_excerpt(line, start)}", f"line {same + 1} {_excerpt(other, start)}"


def _first_difference(line: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(line, other, strict=False)) if a != b), min(len(line), len(other))
    )


def _excerpt(line: str, start: int) -> str:
    if len(line) <= _SHORT:
        return line
    begin = max(0, start - _SHORT // 2)
    return f"{'…' if begin else ''}{line[begin : begin + _SHORT]}{'…' if begin + _SHORT < len(line) else ''}"
