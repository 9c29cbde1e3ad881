"""Columns and checks that several tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Column, DateTime, Uuid, text

if TYPE_CHECKING:
    from enum import StrEnum

TIMESTAMP = DateTime(timezone=True)


def id_column() -> Column[Any]:
    return Column(
        "id",
        Uuid,
        primary_key=True,
        server_default=text("uuidv7()"),
        comment="UUIDv7: its order is the order of creation",
    )


def created_at() -> Column[Any]:
    return Column(
        "created_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the row was written",
    )


def updated_at() -> Column[Any]:
    return Column(
        "updated_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the row last changed; a trigger moves it unless the writer did",
    )


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Only the enumeration's values. A check and not an enum type: a check can drop a value again."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
