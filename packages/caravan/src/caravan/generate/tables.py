"""Alembic's part: the operations on tables that lead from a database to an app's models, as lines of Python."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_op_text
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from alembic.operations.ops import MigrateOperation, OpContainer
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql

from caravan.catalog import Catalog, Key
from caravan.generate.columns import ColumnDefinition
from caravan.manifest import App
from caravan.models import metadata_of
from caravan.scripts import version_options


@dataclass(frozen=True)
class TableOperations:
    """What Alembic would write.

    Args:
        upgrade: pieces of Python, one for each operation.
        downgrade: their reverse.
        imports: what both need besides `op` and `sa`.
    """

    upgrade: tuple[str, ...]
    downgrade: tuple[str, ...]
    imports: frozenset[str]


def table_operations(connection: sa.Connection, app: App, current: Catalog, goal: Catalog) -> TableOperations:
    """Let Alembic compare the database with the models.

    Args:
        connection: to a database that holds what `current` says.
        app: whose tables; no other app's are looked at.
        current: what it has there, to know which tables are its own.
        goal: what the models make.
    """
    metadata = metadata_of(app)
    # With a search path that finds no table, every name comes back qualified.
    qualified = all(table.schema for table in metadata.tables.values())
    connection.execute(
        sa.text("SELECT set_config('search_path', :path, true)"),
        {"path": "pg_catalog" if qualified else "public"},
    )
    connection.dialect.default_schema_name = "pg_catalog" if qualified else "public"
    context = MigrationContext.configure(connection=connection, opts=_options(app, metadata, current, goal))
    with warnings.catch_warnings():
        # It warns of what it cannot compare (computed columns, NOT VALID); the catalogs can.
        warnings.simplefilter("ignore")
        script = produce_migrations(context, metadata)
    connection.execute(sa.text("SELECT set_config('search_path', '\"$user\", public', true)"))
    autogen = _renderer(metadata, context.opts)
    upgrade = tuple(_rendered(script.upgrade_ops_list, autogen))
    downgrade = tuple(_rendered(script.downgrade_ops_list, autogen))
    return TableOperations(upgrade, downgrade, frozenset(autogen.imports))


def _renderer(metadata: sa.MetaData, options: dict[str, Any]) -> AutogenContext:
    """Render for a dialect that leaves % alone; the driver's doubles it, and it would be doubled again when run."""
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    return AutogenContext(MigrationContext.configure(dialect=dialect, opts=options), metadata)


def _options(app: App, metadata: sa.MetaData, current: Catalog, goal: Catalog) -> dict[str, Any]:
    modelled = {table.name for table in metadata.tables.values()}
    there = {
        key.name[0]
        for key, definition in current.of("table").objects.items()
        if " PARTITION OF " not in definition
    }
    own = modelled | there

    def include_name(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
        if kind == "schema":
            return name == app.schema or (name is None and app.schema == "public")
        return kind != "table" or (parents.get("schema_name") or "public", name) in {
            (app.schema, n) for n in own
        }

    def compare_type(
        _context: object, _inspected: object, column: sa.Column[Any], *_types: object
    ) -> bool | None:
        key = Key("column", app.schema, (column.table.name, column.name))
        before, after = current.objects.get(key), goal.objects.get(key)
        if before is None or after is None:
            return None
        return ColumnDefinition.read(before).type != ColumnDefinition.read(after).type

    return {
        "target_metadata": metadata,
        "include_schemas": True,
        "include_name": include_name,
        "compare_type": compare_type,
        "compare_server_default": False,
        "render_item": _render_type,
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "user_module_prefix": None,
        **version_options(app),
    }


def _rendered(containers: Iterable[OpContainer], autogen: AutogenContext) -> Iterator[str]:
    for container in containers:
        for operation in _flat(container.ops):
            yield render_op_text(autogen, operation)


def _flat(operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    for operation in operations:
        if isinstance(operation, OpContainer):
            yield from _flat(operation.ops)
        else:
            yield operation


def _render_type(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Write types so that a revision neither makes an enum by the way nor imports the app's code, which will change."""
    if kind != "type":
        return False
    if isinstance(item, sa.types.TypeDecorator):
        return _repr_type(item.impl_instance, autogen)
    if isinstance(item, sa.Enum) and item.native_enum and item.name:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        arguments = [*map(repr, item.enums), f"name={str(item.name)!r}"]
        return f"postgresql.ENUM({', '.join([*arguments, *_named(item.schema)])})"
    if isinstance(item, postgresql.DOMAIN):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        arguments = [repr(str(item.name)), _repr_type(item.data_type, autogen)]
        return f"postgresql.DOMAIN({', '.join([*arguments, *_named(item.schema)])})"
    return False


def _named(schema: str | None) -> list[str]:
    return [*([f"schema={schema!r}"] if schema else []), "create_type=False"]
