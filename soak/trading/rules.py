"""What must be true of the tables at any moment, as queries that find what breaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

if TYPE_CHECKING:
    import psycopg

SHOWN = 5
"""So many rows that break a rule are told."""

_OPEN: LiteralString = "status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')"

PROMISES: dict[str, LiteralString] = {
    "less is there than a ledger account's floor": """
        SELECT account_id, kind, unit, balance, reserved, floor FROM trading.ledger_accounts
        WHERE balance - reserved < floor OR reserved < 0""",
    "what is promised is not what open orders hold": f"""
        SELECT l.account_id, l.kind, l.unit, l.reserved, held.reserved
        FROM trading.ledger_accounts l LEFT JOIN LATERAL (
            SELECT coalesce(sum(o.reserved), 0) AS reserved FROM trading.orders o
            WHERE o.account_id = l.account_id AND {_OPEN} AND CASE l.kind
                WHEN 'cash' THEN o.side = 'buy'
                WHEN 'shares' THEN o.side = 'sell' AND o.instrument_id = l.instrument_id ELSE false END
        ) held ON true
        WHERE l.reserved <> held.reserved""",
    "a final order holds something": f"""
        SELECT account_id, id, status, reserved FROM trading.orders WHERE reserved <> 0 AND NOT ({_OPEN})""",
}
"""Cash and shares are never promised twice: cheap enough to be looked at while orders come and go."""

FILLS: dict[str, LiteralString] = {
    "an order's fills are not its executions": """
        SELECT o.account_id, o.id, o.status, o.qty, o.filled_qty, e.qty, o.filled_value, e.value
        FROM trading.orders o LEFT JOIN LATERAL (
            SELECT coalesce(sum(qty), 0) AS qty, coalesce(sum(qty * price), 0) AS value FROM trading.executions
            WHERE account_id = o.account_id AND order_id = o.id
        ) e ON true
        WHERE o.filled_qty <> e.qty OR o.filled_value <> e.value OR e.qty > o.qty
           OR (o.status = 'filled') <> (e.qty = o.qty)""",
    "an execution does not follow the one before": """
        SELECT * FROM (
            SELECT e.account_id, e.id, e.sequence, e.cum_qty, e.leaves_qty, o.qty,
                row_number() OVER (PARTITION BY e.account_id ORDER BY e.sequence) AS nth,
                sum(e.qty) OVER (PARTITION BY e.account_id, e.order_id ORDER BY e.sequence) AS cum
            FROM trading.executions e JOIN trading.orders o ON (o.account_id, o.id) = (e.account_id, e.order_id)
        ) found
        WHERE sequence <> nth OR cum_qty <> cum OR leaves_qty IS DISTINCT FROM qty - cum""",
    "an execution is not what its order and its quote allow": """
        SELECT e.account_id, e.id, e.side, e.price, o.limit_price, e.bid_price, e.ask_price
        FROM trading.executions e JOIN trading.orders o ON (o.account_id, o.id) = (e.account_id, e.order_id)
        WHERE (e.side, e.instrument_id) <> (o.side, o.instrument_id) OR CASE e.side
            WHEN 'buy' THEN e.price > o.limit_price OR e.price IS DISTINCT FROM e.ask_price
            ELSE e.price < o.limit_price OR e.price IS DISTINCT FROM e.bid_price END""",
    "more was filled against a quote than it displayed": """
        SELECT instrument_id, quoted_at, side, sum(qty) FROM trading.executions
        GROUP BY instrument_id, quoted_at, side
        HAVING sum(qty) > min(CASE side WHEN 'buy' THEN ask_size ELSE bid_size END)""",
    "an order's events are not its history": """
        SELECT o.account_id, o.id, o.version, v.events, v.last, v.fills, e.executions FROM trading.orders o
        LEFT JOIN LATERAL (
            SELECT count(*) AS events, max(version) AS last, count(DISTINCT execution_id) AS fills,
                max(status) FILTER (WHERE version = o.version) AS status
            FROM trading.order_events WHERE account_id = o.account_id AND order_id = o.id
        ) v ON true
        LEFT JOIN LATERAL (
            SELECT count(*) AS executions FROM trading.executions
            WHERE account_id = o.account_id AND order_id = o.id
        ) e ON true
        WHERE (v.events, v.last, v.status, v.fills) IS DISTINCT FROM (o.version, o.version, o.status, e.executions)""",
}
"""No fill doubled, none lost on the way from one table to the next."""

LEDGER: dict[str, LiteralString] = {
    "a transfer does not balance": """
        SELECT t.account_id, t.id, t.phase, t.amount, e.entries, e.given, e.got FROM trading.ledger_transfers t
        LEFT JOIN LATERAL (
            SELECT count(*) AS entries,
                count(*) FILTER (WHERE ledger_account_id = t.from_id AND amount = -t.amount) AS given,
                count(*) FILTER (WHERE ledger_account_id = t.to_id AND amount = t.amount) AS got
            FROM trading.ledger_entries WHERE account_id = t.account_id AND transfer_id = t.id
        ) e ON true
        WHERE CASE WHEN t.phase IN ('single', 'post') THEN (e.entries, e.given, e.got) <> (2, 1, 1)
                   ELSE e.entries <> 0 END""",
    "a trading account's books do not balance": """
        SELECT account_id, unit, sum(balance) FROM trading.ledger_accounts GROUP BY account_id, unit
        HAVING sum(balance) <> 0""",
    "an entry does not follow the one before": """
        SELECT * FROM (
            SELECT e.*, l.floor,
                row_number() OVER entries AS nth, lag(e.balance_after, 1, 0) OVER entries AS before
            FROM trading.ledger_entries e
            JOIN trading.ledger_accounts l ON (l.account_id, l.id) = (e.account_id, e.ledger_account_id)
            WINDOW entries AS (PARTITION BY e.account_id, e.ledger_account_id ORDER BY e.version)
        ) found
        WHERE version <> nth OR balance_before <> before OR balance_after <> balance_before + amount
           OR balance_after < floor""",
    "a ledger account is not what its entries made it": """
        SELECT l.account_id, l.kind, l.unit, l.version, l.balance, e.entries, e.total
        FROM trading.ledger_accounts l LEFT JOIN LATERAL (
            SELECT count(*) AS entries, coalesce(sum(amount), 0) AS total FROM trading.ledger_entries
            WHERE account_id = l.account_id AND ledger_account_id = l.id
        ) e ON true
        WHERE (l.version, l.balance) <> (e.entries, e.total)""",
    "a promise was not kept": """
        SELECT o.account_id, o.id, o.status, o.reserved, t.promised, t.released FROM trading.orders o
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount) FILTER (WHERE phase = 'pending'), 0) AS promised,
                coalesce(sum(released), 0) AS released
            FROM trading.ledger_transfers WHERE account_id = o.account_id AND order_id = o.id
        ) t ON true
        WHERE o.reserved <> t.promised - t.released""",
}
"""Every transfer balances; entries are gapless and chained; no ledger account goes below its floor."""

AUDIT: dict[str, LiteralString] = {
    "an audit row does not follow the one before": """
        SELECT account_id, sequence FROM (
            SELECT account_id, sequence, previous_hash,
                row_number() OVER rows AS nth, lag(hash) OVER rows AS before
            FROM trading.audit_logs WINDOW rows AS (PARTITION BY account_id ORDER BY sequence)
        ) found
        WHERE sequence <> nth OR previous_hash IS DISTINCT FROM before""",
    "what was done to an order is not in the audit log, once": """
        SELECT o.account_id, o.id, o.status, a.placed, a.canceled, a.fills, e.executions FROM trading.orders o
        LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE action = 'order.place') AS placed,
                count(*) FILTER (WHERE action = 'order.cancel') AS canceled,
                count(*) FILTER (WHERE action = 'order.fill') AS fills
            FROM trading.audit_logs WHERE account_id = o.account_id AND resource_id = o.id AND outcome = 'done'
        ) a ON true
        LEFT JOIN LATERAL (
            SELECT count(*) AS executions FROM trading.executions
            WHERE account_id = o.account_id AND order_id = o.id
        ) e ON true
        WHERE (a.placed, a.canceled, a.fills) <> (1, (o.status = 'canceled')::int, e.executions)""",
}
"""Every change is told once."""

RULES = PROMISES | FILLS | LEDGER | AUDIT


def broken(connection: psycopg.Connection[Any], rules: dict[str, LiteralString]) -> list[str]:
    """Find what breaks a rule.

    Args:
        connection: whose transaction sees one moment, if several rules are to speak of the same one.
        rules: queries by what the rows say that they find.

    Returns:
        A sentence per row, at most `SHOWN` per rule and one with their number.
    """
    found = []
    for what, query in rules.items():
        rows = connection.execute(query).fetchall()
        found += [f"{what}: {', '.join(map(str, row))}" for row in rows[:SHOWN]]
        if len(rows) > SHOWN:
            found.append(f"{what}: {len(rows)} times")
    return found
