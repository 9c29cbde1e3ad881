"""Thousands of open orders of one account, as the service would have left them, without waiting for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brokerage import Market

# Copies of the account's one order, each a second older than the one before, with its event and its promise.
_STATEMENTS = (
    """INSERT INTO trading.orders
       SELECT (jsonb_populate_record(o, jsonb_build_object('id', uuidv7(), 'client_order_id', 'copy ' || n,
                                                           'submitted_at', o.submitted_at - n * interval '1 second'))).*
       FROM trading.orders o, generate_series(1, %(copies)s) n WHERE o.account_id = %(account)s""",
    """INSERT INTO trading.order_events
       SELECT (jsonb_populate_record(e, jsonb_build_object('id', uuidv7(), 'order_id', o.id))).*
       FROM trading.order_events e JOIN trading.orders o USING (account_id)
       WHERE account_id = %(account)s AND o.id <> e.order_id""",
    """INSERT INTO trading.ledger_transfers
       SELECT (jsonb_populate_record(t, jsonb_build_object('id', uuidv7(), 'order_id', o.id))).*
       FROM trading.ledger_transfers t JOIN trading.orders o USING (account_id)
       WHERE account_id = %(account)s AND t.phase = 'pending' AND o.id <> t.order_id""",
    """UPDATE trading.ledger_accounts SET reserved = reserved * (%(copies)s + 1)
       WHERE account_id = %(account)s AND kind = 'cash'""",
    "UPDATE trading.accounts SET open_orders = open_orders + %(copies)s WHERE id = %(account)s",
)


def copy_the_only_order(market: Market, account: str, copies: int) -> None:
    """Give an account that has placed one order, a purchase, so many more of the same."""
    with market.connection.transaction():
        for statement in _STATEMENTS:
            market.connection.execute(statement.encode(), {"account": account, "copies": copies})
