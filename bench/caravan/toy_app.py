"""A toy app on disk, once with Caravan's env.py and once with the one that Alembic's own documentation gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "bench_app"
SCHEMA = "bench"
ROLES = (f"{PACKAGE}_owner", f"{PACKAGE}_runtime")
_STEPS_PER_TABLE = 10
_COLUMNS = 8
_REVISION = '''"""Step {number}."""

from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
{up}


def downgrade() -> None:
{down_statements}
'''
_MODELS = """from sqlalchemy import BigInteger, Column, ForeignKey, Index, MetaData, Table, Text

metadata = MetaData(schema="bench")
"""
_CARAVAN_ENV = f'from caravan.environment import run\n\nrun("{PACKAGE}")\n'
_PLAIN_ENV = f"""import os

from alembic import context
from sqlalchemy import create_engine, text

from {PACKAGE}.tables import metadata

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1))
with engine.connect() as connection:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema="{SCHEMA}",
        transaction_per_migration=True,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == "{SCHEMA}",
        include_object=lambda _item, name, *_: name != "alembic_version",
    )
    with context.begin_transaction():
        context.run_migrations()
"""
_MAKO = '''"""${message}"""

from alembic import op
import sqlalchemy as sa

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


@dataclass(frozen=True)
class Step:
    """What one revision does.

    Args:
        up: its statements.
        down: those that take it back.
    """

    up: Sequence[str]
    down: Sequence[str]


def history(length: int) -> tuple[list[Step], str]:
    """Give a history of one statement per revision: every tenth makes a table, the others add a column to it.

    Args:
        length: how many revisions.

    Returns:
        The revisions, and the models that say the same.
    """
    steps: list[Step] = []
    models: list[str] = []
    for number in range(length):
        table, column = f"{SCHEMA}.t{number // _STEPS_PER_TABLE}", number % _STEPS_PER_TABLE
        if column == 0:
            steps.append(Step([f"CREATE TABLE {table} (id bigint PRIMARY KEY)"], [f"DROP TABLE {table}"]))
        else:
            steps.append(
                Step(
                    [f"ALTER TABLE {table} ADD COLUMN c{column} text"],
                    [f"ALTER TABLE {table} DROP COLUMN c{column}"],
                )
            )
    for begin in range(0, length, _STEPS_PER_TABLE):
        columns = min(_STEPS_PER_TABLE, length - begin) - 1
        texts = "".join(f', Column("c{number + 1}", Text)' for number in range(columns))
        key = 'Column("id", BigInteger, primary_key=True, autoincrement=False)'
        models.append(f'Table("t{begin // _STEPS_PER_TABLE}", metadata, {key}{texts})')
    return steps, "\n".join(models)


def schema(tables: int) -> tuple[list[Step], str]:
    """Give one revision that makes tables, each with columns, a foreign key and an index.

    Args:
        tables: how many.

    Returns:
        The revision, and the models that say the same.
    """
    up: list[str] = []
    models: list[str] = []
    for number in range(tables):
        name, parent = f"t{number}", f"t{max(number - 1, 0)}"
        texts = "".join(f", c{n} text NOT NULL" for n in range(_COLUMNS))
        key = f"CONSTRAINT {name}_parent_fkey REFERENCES {SCHEMA}.{parent}"
        up += [
            f"CREATE TABLE {SCHEMA}.{name} (id bigint PRIMARY KEY, parent bigint {key}{texts})",
            f"CREATE INDEX {name}_parent_idx ON {SCHEMA}.{name} (parent)",
        ]
        columns = "".join(f', Column("c{n}", Text, nullable=False)' for n in range(_COLUMNS))
        reference = f'ForeignKey("{SCHEMA}.{parent}.id", name="{name}_parent_fkey")'
        models.append(
            f'Table("{name}", metadata, Column("id", BigInteger, primary_key=True, autoincrement=False),'
            f' Column("parent", {reference}), Index("{name}_parent_idx", "parent"){columns})'
        )
    down = [f"DROP TABLE {SCHEMA}.t{number}" for number in reversed(range(tables))]
    return [Step(up, down)], "\n".join(models)


def write(root: Path, steps: Sequence[Step], models: str) -> Path:
    """Write the package with both environments, and its history as a file for psql.

    Args:
        root: the folder that will be on the import path.
        steps: the history.
        models: lines of Python.

    Returns:
        The package's folder.
    """
    folder = root / PACKAGE
    for name, env in (("migrations", _CARAVAN_ENV), ("plain", _PLAIN_ENV)):
        (folder / name / "versions").mkdir(parents=True)
        (folder / name / "env.py").write_text(env)
        (folder / name / "script.py.mako").write_text(_MAKO)
        for number, step in enumerate(steps):
            (folder / name / "versions" / f"{number:05}.py").write_text(_revision(number, step))
    (folder / "__init__.py").write_text("")
    (folder / "caravan.toml").write_text(
        f'app = "{PACKAGE}"\nschema = "{SCHEMA}"\nmetadata = "{PACKAGE}.tables:metadata"\n'
    )
    (folder / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/plain"\n')
    (folder / "history.sql").write_text("\n".join(_script(steps)) + "\n")
    say(folder, models)
    return folder


def say(folder: Path, models: str) -> None:
    """Write the models anew.

    Args:
        folder: the package's.
        models: lines of Python.
    """
    (folder / "tables.py").write_text(f"{_MODELS}{models}\n")


def _revision(number: int, step: Step) -> str:
    return _REVISION.format(
        number=number,
        revision=f"r{number:05}",
        down=f'"r{number - 1:05}"' if number else "None",
        up="\n".join(f"    op.execute({statement!r})" for statement in step.up),
        down_statements="\n".join(f"    op.execute({statement!r})" for statement in step.down),
    )


def _script(steps: Sequence[Step]) -> Iterator[str]:
    yield f"CREATE SCHEMA {SCHEMA};"
    for step in steps:
        yield "\n".join(["BEGIN;", *(f"{statement};" for statement in step.up), "COMMIT;"])
