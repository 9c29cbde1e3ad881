"""Columns and checks that the tables of every app have alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Column, DateTime, Uuid, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

TIMESTAMP = DateTime(timezone=True)


def id_column() -> Column[Any]:
    """Give a primary key that Postgres fills."""
    return Column(
        "id",
        Uuid,
        primary_key=True,
        server_default=text("uuidv7()"),
        comment="UUIDv7: its order is the order of creation",
    )


def created_at() -> Column[Any]:
    """Give the column of when a row was written."""
    return Column(
        "created_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the row was written",
    )


def updated_at() -> Column[Any]:
    """Give the column that `servicekit.triggers.touch_updated_at` moves."""
    return Column(
        "updated_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When the row last changed; a trigger moves it unless the writer did",
    )


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Allow only the enumeration's values. A check and not an enum type: a check can drop a value again.

    Args:
        column: its name.
        values: what it may hold.
    """
    return CheckConstraint(f"{column} IN ({listed(values)})", name=column)


def listed(values: Iterable[StrEnum]) -> str:
    """Write values as SQL does between the parentheses of IN.

    Args:
        values: of an enumeration of ours, so without quotes of their own.
    """
    return ", ".join(f"'{value}'" for value in values)
