"""Functions and triggers of the schema, made by `metadata.create_all()` with the tables they guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

from platform_app.tables.base import metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

TOUCH_UPDATED_AT = """
CREATE OR REPLACE FUNCTION platform.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION platform.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || ' is append-only, ' || TG_OP || ' refused: ' || TG_ARGV[0];
END
$$
"""


def _create(target: MetaData | Table, moment: str, statement: str) -> None:
    event.listen(target, moment, DDL(statement))  # type: ignore[no-untyped-call] # as SQLAlchemy ships it


# Before the tables, because their triggers name them.
_create(metadata, "before_create", TOUCH_UPDATED_AT)
_create(metadata, "before_create", REFUSE_CHANGE)


def touch_updated_at(table: Table) -> None:
    """Moves updated_at at every update that does not set it itself (an import, a simulated clock)."""
    statement = f"""
        CREATE OR REPLACE TRIGGER {table.name}_touch_updated_at BEFORE UPDATE ON %(fullname)s FOR EACH ROW
        WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at)
        EXECUTE FUNCTION platform.touch_updated_at()
    """
    _create(table, "after_create", statement)


def append_only(table: Table, why: str) -> None:
    """Refuses every change of a written row, to the table's owner too; `why` completes the error message."""
    for name, events, level in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        statement = f"""
            CREATE OR REPLACE TRIGGER {table.name}_{name} BEFORE {events} ON %(fullname)s FOR EACH {level}
            EXECUTE FUNCTION platform.refuse_change('{why}')
        """
        _create(table, "after_create", statement)
