from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import schema_rules
from psycopg.errors import ForeignKeyViolation, RestrictViolation

from trading_app.tables import enumerations
from trading_app.tables.references import references

if TYPE_CHECKING:
    from enum import StrEnum

    from trading_rows import Rows

Connection = psycopg.Connection[Any]


def test_a_brokerage_has_what_it_needs(connection: Connection) -> None:
    needed = {"accounts", "orders", "executions", "positions", "ledger_entries", "instruments", "audit_logs"}

    assert needed <= schema_rules.tables(connection, "trading")
    assert len(schema_rules.tables(connection, "trading")) == 17
    assert len(schema_rules.indexes(connection, "trading")) >= 21


def test_owners_are_kept_and_memberships_go_with_their_users(connection: Connection) -> None:
    keys = schema_rules.foreign_keys(connection, "trading")
    to_users = {
        (key.table, key.columns[0]): key.on_delete
        for key in keys
        if (key.target_schema, key.target) == ("platform", "user")
    }

    assert to_users == {("accounts", "owner_id"): "RESTRICT", ("account_members", "user_id"): "CASCADE"}


def test_a_user_who_owns_an_account_cannot_be_deleted(rows: Rows) -> None:
    user = rows.user()
    rows.account(owner_id=user)

    with pytest.raises((RestrictViolation, ForeignKeyViolation), match="fk_accounts_owner_id"):
        rows.execute('DELETE FROM platform."user" WHERE id = %s', user)


def test_a_membership_goes_with_its_user_also_when_platform_deletes_the_user(rows: Rows) -> None:
    account, member = rows.account(), rows.user()
    rows.member(account, member, "TRADER")
    rows.execute("SET ROLE platform_runtime")

    rows.execute('DELETE FROM platform."user" WHERE id = %s', member)

    rows.execute("RESET ROLE")
    assert rows.execute("SELECT role FROM trading.account_members WHERE user_id = %s", member) == []


def test_trading_reads_of_platform_only_what_authentication_needs() -> None:
    assert {reference.name: set(reference.columns) for reference in references} == {
        "user": {"id", "name", "role", "banned_at"},
        "session": {"id", "user_id", "token_hash", "expires_at", "absolute_expires_at"},
    }


def test_the_runtime_role_authenticates_a_request_in_one_indexed_query(rows: Rows) -> None:
    rows.execute("SET LOCAL enable_seqscan = off")
    rows.execute("SET ROLE trading_runtime")

    plan = rows.one("""
        EXPLAIN (FORMAT JSON) SELECT s.id, u.id, u.name, u.role FROM platform.session s
        JOIN platform."user" u ON u.id = s.user_id
        WHERE s.token_hash = '\\x00' AND s.expires_at > now() AND s.absolute_expires_at > now() AND u.banned_at IS NULL
    """)

    assert "uq_session_token_hash" in str(plan)
    assert "Seq Scan" not in str(plan)


@pytest.mark.parametrize(
    ("enumeration", "columns"),
    [
        (enumerations.AccountStatus, ["accounts.status"]),
        (enumerations.MemberRole, ["account_members.role"]),
        (enumerations.Exchange, ["instruments.exchange"]),
        (enumerations.AssetClass, ["instruments.asset_class"]),
        (enumerations.AssetStatus, ["instruments.status"]),
        (enumerations.Side, ["orders.side", "executions.side"]),
        (enumerations.OrderType, ["orders.type"]),
        (enumerations.TimeInForce, ["orders.time_in_force"]),
        (enumerations.OrderClass, ["orders.order_class"]),
        (enumerations.PositionIntent, ["orders.position_intent"]),
        (enumerations.OrderStatus, ["orders.status", "order_events.status"]),
        (enumerations.OrderEvent, ["order_events.event"]),
        (enumerations.LedgerKind, ["ledger_accounts.kind"]),
        (enumerations.TransferPhase, ["ledger_transfers.phase"]),
        (enumerations.TransferReason, ["ledger_transfers.reason"]),
        (enumerations.RiskLimit, ["risk_limits.kind"]),
        (enumerations.Restriction, ["restrictions.kind"]),
        (enumerations.ActorKind, ["audit_logs.actor_kind"]),
        (enumerations.AuditOutcome, ["audit_logs.outcome"]),
    ],
)
def test_the_database_knows_the_values_that_the_code_knows(
    connection: Connection, enumeration: type[StrEnum], columns: list[str]
) -> None:
    allowed = {e.full_name: set(e.values) for e in schema_rules.enumerations(connection, "trading")}

    for column in columns:
        assert allowed[column] == set(enumeration)


def test_account_numbers_differ_because_only_the_database_gives_them(rows: Rows) -> None:
    numbers = [
        rows.one("SELECT number FROM trading.accounts WHERE id = %s", rows.account()) for _ in range(3)
    ]

    assert len(set(numbers)) == 3
    with pytest.raises(psycopg.errors.GeneratedAlways):
        rows.account(number=1)


def test_an_account_has_one_owner_among_its_members(rows: Rows) -> None:
    account = rows.account()
    rows.member(account, rows.user(), "OWNER")

    with pytest.raises(psycopg.errors.UniqueViolation, match="uq_account_members_owner"):
        rows.member(account, rows.user(), "OWNER")
