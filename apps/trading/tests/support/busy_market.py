"""Some thousands of rows in every table, so that the planner has reasons for its plans."""

from __future__ import annotations

import psycopg

from caravan.database import Database
from caravan.manifest import discover
from caravan.migrating import migrate

_PEOPLE_AND_INSTRUMENTS = """
    INSERT INTO platform."user" (name, email) SELECT 'u', n || '@example.org' FROM generate_series(0, 49) n;
    INSERT INTO trading.accounts (owner_id, name)
        SELECT id, split_part(email, '@', 1) FROM platform."user";
    INSERT INTO trading.account_members (account_id, user_id, role)
        SELECT id, owner_id, 'OWNER' FROM trading.accounts;
    INSERT INTO trading.instruments (symbol, name, exchange, asset_class, status)
        SELECT 'S' || n, n, 'NYSE', CASE n % 3 WHEN 0 THEN 'crypto' ELSE 'us_equity' END,
               CASE n % 5 WHEN 0 THEN 'inactive' ELSE 'active' END
        FROM generate_series(0, 1999) n;
    INSERT INTO trading.quotes (instrument_id, quoted_at, version, matched_version)
        SELECT id, now(), 9, CASE WHEN name::int % 50 = 0 THEN 8 ELSE 9 END FROM trading.instruments;
    INSERT INTO trading.trading_sessions (mic, session_date, time_zone, opens_at, closes_at)
        SELECT mic, day, 'UTC', day + interval '9 hours', day + interval '16 hours'
        FROM generate_series(now()::date - 900, now()::date + 20, interval '1 day') day, (VALUES ('XNYS'), ('XLON')) m (mic);
    INSERT INTO trading.positions (account_id, instrument_id, qty)
        SELECT a.id, i.id, (i.name::int % 20 = 0)::int FROM trading.accounts a, trading.instruments i
        WHERE i.name::int < 50;
    INSERT INTO trading.restrictions (account_id, kind, reason, lifted_at)
        SELECT a.id, 'HALT', 'test', CASE WHEN n > 1 THEN now() END FROM trading.accounts a, generate_series(1, 40) n;
    INSERT INTO trading.idempotency_keys (account_id, key, method, path, request_hash, expires_at)
        SELECT a.id, n, 'POST', '/v2/orders', sha256('x'), now() + (n - 1) * interval '1 hour'
        FROM trading.accounts a, generate_series(1, 50) n;
"""
_ORDERS = """
    INSERT INTO trading.orders (account_id, instrument_id, client_order_id, side, type, time_in_force, qty, limit_price,
                                stop_price, status, filled_qty, filled_value, filled_at, submitted_at, expires_at)
        SELECT a.id, i.id, n, CASE n % 2 WHEN 0 THEN 'buy' ELSE 'sell' END,
               CASE WHEN n % 7 = 0 THEN 'stop' ELSE 'limit' END, 'day', 1,
               CASE WHEN n % 7 > 0 THEN 1 + n % 100 END, CASE WHEN n % 7 = 0 THEN 1 + n % 100 END,
               CASE WHEN n % 11 = 0 THEN 'new' ELSE 'filled' END,
               (n % 11 > 0)::int, (n % 11 > 0)::int, CASE WHEN n % 11 > 0 THEN now() END,
               now() - n * interval '1 minute', now() + n * interval '1 minute'
        FROM trading.accounts a JOIN generate_series(0, 9999) n ON n % 50 = a.name::int
        JOIN trading.instruments i ON i.name::int = n / 50 % 50;
    UPDATE trading.orders o SET parent_id = p.id FROM trading.orders p
        WHERE p.account_id = o.account_id AND o.client_order_id = (p.client_order_id::int + 50)::text
          AND o.client_order_id::int % 500 < 50;
    INSERT INTO trading.executions (account_id, sequence, order_id, instrument_id, side, qty, price, amount, cum_qty,
                                    executed_at, quoted_at)
        SELECT account_id, row_number() OVER (PARTITION BY account_id ORDER BY submitted_at), id, instrument_id, side,
               1, 1, 1, 1, submitted_at, submitted_at
        FROM trading.orders WHERE status = 'filled';
    INSERT INTO trading.order_events (account_id, order_id, version, event, status)
        SELECT account_id, id, 1, 'new', 'new' FROM trading.orders;
"""
_BOOKS = """
    INSERT INTO trading.ledger_accounts (account_id, kind, unit, floor)
        SELECT a.id, k.kind, 'USD', CASE k.kind WHEN 'cash' THEN 0 END
        FROM trading.accounts a, unnest(ARRAY['cash', 'funding', 'fees', 'dividends']) k (kind);
    INSERT INTO trading.ledger_transfers (account_id, reason, from_id, to_id, unit, amount, order_id, execution_id,
                                          occurred_at)
        SELECT e.account_id, 'purchase', f.id, c.id, 'USD', 1, e.order_id, CASE WHEN e.sequence % 20 > 0 THEN e.id END,
               e.executed_at
        FROM trading.executions e
        JOIN trading.ledger_accounts f ON f.account_id = e.account_id AND f.kind = 'funding'
        JOIN trading.ledger_accounts c ON c.account_id = e.account_id AND c.kind = 'cash';
    INSERT INTO trading.ledger_entries (account_id, ledger_account_id, version, transfer_id, amount, balance_before,
                                        balance_after)
        SELECT account_id, to_id, n, id, 1, n - 1, n
        FROM (SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY id) n FROM trading.ledger_transfers) t;
    INSERT INTO trading.audit_logs (account_id, sequence, actor_kind, action, outcome, resource, resource_id,
                                    previous_hash, hash)
        SELECT account_id, sequence, 'worker', 'order.fill', 'done', 'order', order_id,
               CASE WHEN sequence > 1 THEN sha256('x') END, sha256('x')
        FROM trading.executions;
"""


def build(url: str) -> None:
    """Make every app's schema and fill trading's."""
    migrate(Database(url), discover())
    with psycopg.connect(url, autocommit=True) as connection:
        for statements in (_PEOPLE_AND_INSTRUMENTS, _ORDERS, _BOOKS, "VACUUM (ANALYZE)"):
            connection.execute(statements)
