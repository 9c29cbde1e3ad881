"""Triggers that the tables of every app have alike, made by `metadata.create_all()` with the tables they guard.

Each schema has functions of its own: no app's trigger runs what another app owns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

_TOUCH_UPDATED_AT = """
CREATE OR REPLACE FUNCTION {schema}.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

_REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || ' is append-only, ' || TG_OP || ' refused: ' || TG_ARGV[0];
END
$$
"""


def trigger_functions(metadata: MetaData) -> None:
    """Create the functions before the tables, whose triggers name them.

    Args:
        metadata: of an app, with its schema.
    """
    for function in (_TOUCH_UPDATED_AT, _REFUSE_CHANGE):
        create(metadata, "before_create", function.format(schema=metadata.schema))


def touch_updated_at(table: Table) -> None:
    """Move updated_at at every update that does not set it itself (an import, a simulated clock).

    Args:
        table: with that column.
    """
    statement = f"""
        CREATE OR REPLACE TRIGGER {table.name}_touch_updated_at BEFORE UPDATE ON %(fullname)s FOR EACH ROW
        WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at)
        EXECUTE FUNCTION {table.schema}.touch_updated_at()
    """
    create(table, "after_create", statement)


def append_only(table: Table, why: str) -> None:
    """Refuse every change of a written row, to the table's owner too.

    Args:
        table: whose rows stay as they were written.
        why: completes the error message.
    """
    for name, events, level in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        statement = f"""
            CREATE OR REPLACE TRIGGER {table.name}_{name} BEFORE {events} ON %(fullname)s FOR EACH {level}
            EXECUTE FUNCTION {table.schema}.refuse_change('{why}')
        """
        create(table, "after_create", statement)


def create(target: MetaData | Table, moment: str, statement: str) -> None:
    """Have a statement run when the tables are created.

    Args:
        target: the table, or all of them.
        moment: before_create or after_create.
        statement: `%(fullname)s` in it stands for the table.
    """
    event.listen(target, moment, DDL(statement))  # type: ignore[no-untyped-call] # as SQLAlchemy ships it
