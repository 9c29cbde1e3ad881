"""A snapshot: objects by kind, schema and name, each with its definition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_ABOUT_OTHERS = ("owner", "grant", "comment")  # their name begins with the kind of the object they are about
_SWITCHES = (
    "row security",
    "forced row security",
    "replica identity",
    "sequence ownership",
)  # named like their table
_WITH_ARGUMENTS = ("function", "procedure", "aggregate")


class Key(NamedTuple):
    """What identifies an object.

    Args:
        kind: "table", "column", "foreign key", "grant" …
        schema: the schema it is in.
        name: its parts: (table, column), (function, arguments), for a grant (kind, …, grantee).
    """

    kind: str
    schema: str
    name: tuple[str, ...]

    @property
    def about(self) -> Key:
        """The object that an owner, grant or comment is about; any other object itself."""
        if self.kind not in _ABOUT_OTHERS:
            return self
        last = -1 if self.kind == "grant" else None
        return Key(self.name[0], self.schema, self.name[1:last])

    @property
    def root(self) -> Key:
        """What it belongs to: the table of a column, index or trigger; otherwise itself."""
        about = self.about
        if about.kind in _SWITCHES or (len(about.name) > 1 and about.kind not in _WITH_ARGUMENTS):
            return Key("relation", about.schema, about.name[:1])
        return about

    def __str__(self) -> str:
        """As people say it: "column trading.orders.status"."""
        if self.kind == "grant":
            return f"grant to {self.name[-1]} on {self.about}"
        if self.about is not self:
            return f"{self.kind} of {self.about}"
        if self.kind in _WITH_ARGUMENTS:
            return f"{self.kind} {self.schema}.{self.name[0]}({self.name[1]})"
        return f"{self.kind} {'.'.join((self.schema, *self.name))}"


@dataclass(frozen=True)
class Catalog:
    """What some schemas hold.

    Args:
        objects: every object's definition: the statement or clause that makes it, in Postgres's own canonical words.
    """

    objects: Mapping[Key, str]

    def __iter__(self) -> Iterator[Key]:
        """The objects' keys."""
        return iter(self.objects)

    def __len__(self) -> int:
        """How many objects there are."""
        return len(self.objects)

    def without(self, *kinds: str) -> Catalog:
        """Leave kinds of objects out, for instance "owner" and "grant"."""
        return self.where(lambda key: key.kind not in kinds)

    def of(self, *kinds: str) -> Catalog:
        """Keep these kinds of objects only."""
        return self.where(lambda key: key.kind in kinds)

    def without_table(self, schema: str, name: str) -> Catalog:
        """Leave a table out, with all that belongs to it."""
        return self.where(
            lambda key: (key.schema, key.root.name[:1]) != (schema, (name,)) or _is_elsewhere(key)
        )

    def owned_by(self, role: str) -> Catalog:
        """Keep what belongs to a role's tables, views, functions and types, for a schema that several apps share."""
        owned = {
            (key.schema, key.name[1:])
            for key, owner in self.objects.items()
            if key.kind == "owner" and owner == role
        }
        return self.where(lambda key: (key.schema, key.root.name) in owned)

    def where(self, keep: Callable[[Key], bool]) -> Catalog:
        """Keep the objects for which a function says so."""
        return Catalog({key: definition for key, definition in self.objects.items() if keep(key)})


def _is_elsewhere(key: Key) -> bool:
    """Whether it may have a table's name without being one, or part of one."""
    return key.root.kind in {*_WITH_ARGUMENTS, "schema", "extension"}
