"""The rules that other tests hold the books against can be broken, and say so: one change of a row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from books_from_executions import violations
from placed_orders import LIMIT, MARKET, placed

from trading_app.venue.clock import MarketClock
from trading_app.venue.matching import match
from trading_app.venue.model import model_of

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("unchecked")]

CASH = "account_id = %s AND kind = 'cash'"
SHARES = "account_id = %s AND kind = 'shares'"
ENTRY = "(SELECT id FROM trading.ledger_accounts WHERE account_id = e.account_id AND kind = 'cash')"
# what is done to one account's rows, and what is told of it
TAMPERED = [
    ("UPDATE trading.positions SET qty = qty + 1 WHERE account_id = %s", "position's qty: 3, not 2"),
    (
        "UPDATE trading.positions SET cost_basis = 0.01 WHERE account_id = %s",
        "position's cost: 0.01, not 200",
    ),
    (
        "UPDATE trading.positions SET realized_profit = 5 WHERE account_id = %s",
        "position's profit: 5, not -0.1",
    ),
    ("DELETE FROM trading.positions WHERE account_id = %s", "instruments of positions"),
    (
        f"UPDATE trading.ledger_accounts SET balance = balance + 1 WHERE {CASH}",
        "balance of cash USD: 99800.9, not 99799.9",
    ),
    (f"UPDATE trading.ledger_accounts SET reserved = 991 WHERE {CASH}", "reserved of cash USD: 991, not 990"),
    (
        f"UPDATE trading.ledger_accounts SET reserved = 1.5 WHERE {SHARES}",
        "reserved of shares ACME: 1.5, not 1",
    ),
    (f"UPDATE trading.ledger_accounts SET reserved = 99800 WHERE {CASH}", "cash USD is below its floor"),
    (f"UPDATE trading.ledger_accounts SET floor = -1 WHERE {CASH}", "floor of cash USD: -1, not 0"),
    ("UPDATE trading.orders SET reserved = 989 WHERE account_id = %s AND reserved = 990", "holds too little"),
    ("UPDATE trading.orders SET reserved = 991 WHERE account_id = %s AND reserved = 990", "holds too much"),
    (
        "UPDATE trading.orders SET status = 'canceled', canceled_at = now() WHERE account_id = %s AND status = 'new'",
        "open orders: 2, not 0",
    ),
    (
        "UPDATE trading.orders SET filled_qty = 2 WHERE account_id = %s AND filled_qty = 3",
        "filled qty of order",
    ),
    ("UPDATE trading.orders SET limit_price = 98 WHERE account_id = %s AND qty = 10", "promise to order"),
    ("UPDATE trading.accounts SET opening_cash = 100001 WHERE id = %s", "balance of funding USD"),
    (
        f"DELETE FROM trading.ledger_entries e WHERE account_id = %s AND version = 2 AND ledger_account_id = {ENTRY}",
        "entries of cash USD: [1, 3], not [1, 2, 3]",
    ),
    (
        f"DELETE FROM trading.ledger_entries e WHERE account_id = %s AND version = 3 AND ledger_account_id = {ENTRY}",
        "sum of the entries of a single transfer for sale: -99.9, not 0",
    ),
    (
        """UPDATE trading.ledger_entries SET amount = amount + 1, balance_after = balance_after + 1
           WHERE account_id = %s AND version = 1 AND amount = 100000""",
        "sum of the entries of a single transfer for opening: 1, not 0",
    ),
    (
        "DELETE FROM trading.ledger_transfers WHERE account_id = %s AND reason = 'opening'",
        "an entry is of no transfer",
    ),
    (
        "UPDATE trading.ledger_transfers SET amount = 5 WHERE account_id = %s AND reason = 'opening'",
        "entries of a single transfer for opening",
    ),
    (
        """INSERT INTO trading.executions (account_id, sequence, order_id, instrument_id, side, qty, price, amount,
                                           cum_qty, executed_at, quoted_at, ask_size)
           SELECT account_id, 3, order_id, instrument_id, side, qty, price, amount, 2 * qty, executed_at, quoted_at,
                  ask_size
           FROM trading.executions WHERE account_id = %s AND sequence = 1""",
        "position's qty: 2, not 5",
    ),
    (
        "DELETE FROM trading.executions WHERE account_id = %s AND sequence = 1",
        "sequence of executions: [2], not [1]",
    ),
    (
        "UPDATE trading.executions SET price = 99 WHERE account_id = %s AND sequence = 1",
        "amount of execution 1",
    ),
    ("UPDATE trading.executions SET ask_size = 2 WHERE account_id = %s", "more traded than the quote at"),
    ("DELETE FROM trading.order_events WHERE account_id = %s AND event = 'fill'", "events of order"),
    (
        "UPDATE trading.audit_logs SET action = 'order.cancel' WHERE account_id = %s AND sequence = 2",
        "audit row 2 is not what was sealed",
    ),
    ("DELETE FROM trading.audit_logs WHERE account_id = %s AND sequence = 2", "audit rows: [1, 3, 4"),
    (
        "UPDATE trading.accounts SET audit_hash = sha256('x') WHERE id = %s",
        "the account knows another end of its",
    ),
]


@pytest.fixture(scope="module")
async def unchecked(service: Brokerage) -> None:
    """Take this module's database the checks that would refuse most of what is done here."""
    checks = service.market.rows(
        """SELECT conrelid::regclass::text AS place, quote_ident(conname) AS name FROM pg_constraint
           WHERE contype = 'c' AND connamespace = 'trading'::regnamespace"""
    )
    for check in checks:
        service.market.rows(f"ALTER TABLE {check['place']} DROP CONSTRAINT {check['name']}")


@pytest.fixture
async def traded(brokerage: Brokerage, client: httpx.AsyncClient, acme: UUID) -> UUID:
    """An account that bought three, sold one, and waits with a purchase and a sale."""
    for order in ({"qty": "3"}, {"qty": "1", "side": "sell"}):
        await placed(client, **MARKET | {"limit_price": None} | order)
        await match(brokerage.database, MarketClock(), model_of(brokerage.app.state.service.settings), acme)
    await placed(client, **LIMIT)
    await placed(client, side="sell", qty="1", limit_price="120")
    return UUID(client.headers["X-Account-Id"])


async def test_the_books_as_the_service_wrote_them_break_no_rule(brokerage: Brokerage, traded: UUID) -> None:
    assert violations(brokerage.market.connection, [traded]) == []


@pytest.mark.parametrize(("done", "told"), TAMPERED)
async def test_what_was_tampered_with_breaks_a_rule(
    brokerage: Brokerage, traded: UUID, done: str, told: str
) -> None:
    brokerage.market.rows("SET session_replication_role = replica")
    brokerage.market.rows(done, traded)

    assert told in "\n".join(violations(brokerage.market.connection, [traded]))


async def test_an_account_that_is_gone_is_missed(brokerage: Brokerage) -> None:
    assert violations(brokerage.market.connection, [UUID(int=1)]) == ["0 of 1 accounts are there"]
