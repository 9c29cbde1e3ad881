from __future__ import annotations

from typing import TYPE_CHECKING

from servicekit.problems import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMED = 10


class UnknownSymbols(InvalidInput):
    """No instrument has this symbol."""

    def __init__(self, symbols: Iterable[str]) -> None:
        unknown = sorted(set(symbols))
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        super().__init__(f"no instrument has the symbol {', '.join(unknown[:_NAMED])}{more}")
