"""The tables can be spread over a Citus cluster by account_id: what Citus asks for, read from the catalog."""

from __future__ import annotations

from typing import Any

import psycopg
import schema_rules

Connection = psycopg.Connection[Any]

# Copied to every node of a cluster; all other tables are spread over the nodes.
COPIED = {"instruments", "quotes", "replays", "trading_sessions"}
PER_ACCOUNT = {
    "account_members",
    "audit_logs",
    "executions",
    "idempotency_keys",
    "ledger_accounts",
    "ledger_entries",
    "ledger_transfers",
    "order_events",
    "orders",
    "positions",
    "restrictions",
    "risk_limits",
}


def _account_column(table: str) -> str:
    return "id" if table == "accounts" else "account_id"


def test_every_table_is_copied_or_spread_by_account(connection: Connection) -> None:
    columns = schema_rules.column_types(connection, "trading")

    assert {name.split(".")[0] for name in columns if name.endswith(".account_id")} == PER_ACCOUNT
    assert schema_rules.tables(connection, "trading") == PER_ACCOUNT | COPIED | {"accounts"}


def test_every_per_account_row_has_an_account(connection: Connection) -> None:
    columns = schema_rules.column_types(connection, "trading")

    assert {columns[f"{table}.account_id"] for table in PER_ACCOUNT} == {"uuid"}
    assert not {f"{table}.account_id" for table in PER_ACCOUNT} & schema_rules.nullable_columns(
        connection, "trading"
    )


def test_every_primary_key_and_unique_constraint_starts_with_the_account(connection: Connection) -> None:
    keys = connection.execute("""
        SELECT relname, conname, attname FROM pg_constraint JOIN pg_class c ON c.oid = conrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = conkey[1]
        WHERE connamespace = 'trading'::regnamespace AND contype IN ('p', 'u') AND relname <> 'alembic_version'
    """).fetchall()
    spread = [row for row in keys if row[0] not in COPIED]

    assert {table for table, _, _ in spread} == PER_ACCOUNT | {"accounts"}
    assert [name for table, name, first in spread if first != _account_column(table)] == []


def test_every_unique_index_starts_with_the_account(connection: Connection) -> None:
    unique = [i for i in schema_rules.indexes(connection, "trading") if i.unique and i.table not in COPIED]

    assert len(unique) > len(PER_ACCOUNT)
    assert [i.name for i in unique if i.columns[0] != _account_column(i.table)] == []


def test_every_foreign_key_stays_within_the_account_or_leads_to_a_copied_table(
    connection: Connection,
) -> None:
    keys = [key for key in schema_rules.foreign_keys(connection, "trading") if key.table in PER_ACCOUNT]

    def within(key: schema_rules.ForeignKey) -> bool:
        return key.columns[0] == "account_id" and key.target_columns[0] == _account_column(key.target)

    assert keys
    assert [
        k.name for k in keys if not within(k) and k.target not in COPIED and k.target_schema == "trading"
    ] == []


def test_no_copied_table_points_at_a_spread_one(connection: Connection) -> None:
    keys = [key for key in schema_rules.foreign_keys(connection, "trading") if key.table in COPIED]

    assert keys
    assert {key.target for key in keys} <= COPIED


def test_no_foreign_key_empties_or_resets_a_column(connection: Connection) -> None:
    keys = schema_rules.foreign_keys(connection, "trading")

    assert {key.on_delete for key in keys} == {"RESTRICT", "CASCADE"}
