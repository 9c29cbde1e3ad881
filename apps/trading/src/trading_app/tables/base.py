"""The metadata that every table of this app belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import MetaData

from servicekit.triggers import trigger_functions

if TYPE_CHECKING:
    from sqlalchemy import Index, Table
    from sqlalchemy.sql.schema import ColumnCollectionConstraint


def _columns(constraint: ColumnCollectionConstraint | Index, _table: Table) -> str:
    """The columns that tell a key apart: account_id leads nearly all of them, and names have 63 bytes."""
    names = [column.name for column in constraint.columns]
    return "_".join(names[1:] if len(names) > 1 and names[0] == "account_id" else names)


metadata = MetaData(
    schema="trading",
    naming_convention={
        "columns": _columns,
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(columns)s",
        "fk": "fk_%(table_name)s_%(columns)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(columns)s",
    },
)
trigger_functions(metadata)
