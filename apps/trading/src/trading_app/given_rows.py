"""Many rows as the parameters of one statement: an array per column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, func, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import TableValuedAlias
    from sqlalchemy.types import TypeEngine

    from trading_app.rows import Row


def given_rows(types: Mapping[str, TypeEngine[Any]], rows: Sequence[Row]) -> TableValuedAlias:
    """A table named `given`; unlike VALUES its text, and so its plan, is the same for any number of rows."""
    columns = (literal([row[name] for row in rows], ARRAY(kind)) for name, kind in types.items())
    return func.unnest(*columns).table_valued(*types, name="given").render_derived()
