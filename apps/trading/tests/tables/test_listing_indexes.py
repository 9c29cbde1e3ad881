"""Every listing that the API and the venue need reads an index in the order it wants, and sorts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import busy_market
import psycopg
import pytest

from trading_app.tables.orders import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devdb.pytest_plugin import DatabaseFactory, SharedTemplate

Connection = psycopg.Connection[Any]

NEWEST = "ORDER BY submitted_at DESC, id DESC LIMIT 50"

# {account}, {instrument}, {order} and {cash} stand for ids that are there.
LISTINGS = {
    # Orders of an account: all, those after a cursor, open ones, of one symbol, by client id, legs.
    "ix_orders_submitted_at": [
        f"orders WHERE account_id = {{account}} {NEWEST}",
        f"orders WHERE account_id = {{account}} AND (submitted_at, id) < (now() - interval '1 day', {{order}}) {NEWEST}",
    ],
    "ix_orders_open": [
        f"orders WHERE account_id = {{account}} AND {OPEN} {NEWEST}",
        f"orders WHERE account_id = {{account}} AND status IN ('new', 'partially_filled') {NEWEST}",
    ],
    "ix_orders_instrument_id": [
        "orders WHERE account_id = {account} AND instrument_id = {instrument} ORDER BY submitted_at DESC LIMIT 50"
    ],
    "uq_orders_client_order_id": ["orders WHERE account_id = {account} AND client_order_id = '7'"],
    "ix_orders_parent_id": ["orders WHERE account_id = {account} AND parent_id = {order}"],
    # The venue: an instrument's book by price and time, its stops, what expires, quotes not yet matched.
    "ix_orders_book": [
        (
            f"orders WHERE instrument_id = {{instrument}} AND side = 'buy' AND limit_price >= 99 AND {OPEN}"
            " ORDER BY limit_price, submitted_at LIMIT 50"
        )
    ],
    "ix_orders_stops": [
        (
            f"orders WHERE instrument_id = {{instrument}} AND side = 'sell' AND stop_price >= 99"
            f" AND triggered_at IS NULL AND {OPEN} ORDER BY stop_price LIMIT 50"
        )
    ],
    "ix_orders_expires_at": [f"orders WHERE expires_at <= now() AND {OPEN} ORDER BY expires_at LIMIT 50"],
    "ix_quotes_unmatched": [
        "quotes WHERE matched_version < version ORDER BY quoted_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    ],
    # Activities, history, books, audit.
    "ix_executions_executed_at_id": [
        "executions WHERE account_id = {account} ORDER BY executed_at DESC, id DESC LIMIT 50"
    ],
    "uq_executions_sequence": ["executions WHERE account_id = {account} ORDER BY sequence LIMIT 50"],
    "uq_executions_order_id_cum_qty": [
        "executions WHERE account_id = {account} AND order_id = {order} ORDER BY cum_qty"
    ],
    "uq_order_events_order_id_version": [
        "order_events WHERE account_id = {account} AND order_id = {order} ORDER BY version"
    ],
    "ix_ledger_transfers_activities": [
        (
            "ledger_transfers WHERE account_id = {account} AND phase = 'single' AND execution_id IS NULL"
            " ORDER BY occurred_at DESC, id DESC LIMIT 50"
        )
    ],
    "ix_ledger_transfers_order_id": ["ledger_transfers WHERE account_id = {account} AND order_id = {order}"],
    "pk_ledger_entries": [
        "ledger_entries WHERE account_id = {account} AND ledger_account_id = {cash} ORDER BY version DESC LIMIT 50"
    ],
    "pk_audit_logs": ["audit_logs WHERE account_id = {account} ORDER BY sequence DESC LIMIT 50"],
    "ix_audit_logs_resource_id_sequence": [
        "audit_logs WHERE account_id = {account} AND resource_id = {order} ORDER BY sequence"
    ],
    "ix_positions_open": ["positions WHERE account_id = {account} AND qty <> 0"],
    "ix_restrictions_standing": ["restrictions WHERE account_id = {account} AND lifted_at IS NULL"],
    # Who sees which accounts; assets; the calendar; what can be forgotten.
    "ix_account_members_user_id": ["account_members WHERE user_id = {order}"],
    "ix_accounts_owner_id": ["accounts WHERE owner_id = {order}"],
    "uq_instruments_symbol": ["instruments WHERE symbol = 'S7'"],
    "ix_instruments_asset_class_status_symbol": [
        "instruments WHERE asset_class = 'crypto' AND status = 'inactive' ORDER BY symbol LIMIT 50"
    ],
    "ix_trading_sessions_mic_closes_at": [
        "trading_sessions WHERE mic = 'XNYS' AND closes_at > now() ORDER BY closes_at LIMIT 1"
    ],
    "ix_idempotency_keys_expires_at": ["idempotency_keys WHERE expires_at < now()"],
}


@pytest.fixture(scope="module")
def market(
    shared_template: SharedTemplate, session_database_factory: DatabaseFactory
) -> Iterator[Connection]:
    url = session_database_factory(shared_template("busy-market", busy_market.build))
    with psycopg.connect(url) as connection:
        # Tables of this size still fit into a few pages; the indexes are for those that do not.
        connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        yield connection


@pytest.fixture(scope="module")
def ids(market: Connection) -> dict[str, str]:
    row = market.execute(
        "SELECT o.account_id, o.instrument_id, o.id, l.id FROM trading.orders o"
        " JOIN trading.ledger_accounts l ON l.account_id = o.account_id AND l.kind = 'cash' LIMIT 1"
    ).fetchone()
    assert row is not None
    return {
        name: f"'{found}'"
        for name, found in zip(("account", "instrument", "order", "cash"), row, strict=True)
    }


@pytest.mark.parametrize(
    ("index", "query"), [(index, query) for index, queries in LISTINGS.items() for query in queries]
)
def test_a_listing_reads_its_index_in_order(
    market: Connection, ids: dict[str, str], index: str, query: str
) -> None:
    statement = f"EXPLAIN (FORMAT JSON) SELECT * FROM trading.{query.format(**ids)}"

    ((plan,),) = market.execute(statement.encode()).fetchall()

    assert f"'Index Name': '{index}'" in str(plan)
    assert "Sort" not in str(plan)
