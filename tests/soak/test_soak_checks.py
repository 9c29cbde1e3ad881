"""A soak that could not see what it looks for would prove nothing: every check finds what it is for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, LiteralString

import pytest
from soak.trading.acknowledged import lost
from soak.trading.rebuilding import differences
from soak.trading.rules import RULES, SHOWN, broken

if TYPE_CHECKING:
    from traded_books import Books

_DOUBLED: LiteralString = """
    INSERT INTO trading.executions (account_id, sequence, order_id, instrument_id, side, qty, price, amount, cum_qty,
        leaves_qty, realized_profit, executed_at, quoted_at, bid_price, bid_size, ask_price, ask_size)
    SELECT account_id, sequence + 1, order_id, instrument_id, side, qty, price, amount, cum_qty + qty,
        leaves_qty, realized_profit, executed_at, quoted_at, bid_price, bid_size, ask_price, ask_size
    FROM trading.executions ORDER BY sequence DESC LIMIT 1
"""

# what is done to the tables, and what is told then
SPOILED: list[tuple[LiteralString, str]] = [
    (
        """ALTER TABLE trading.ledger_accounts DROP CONSTRAINT ck_ledger_accounts_floor;
           UPDATE trading.ledger_accounts SET floor = 1e9 WHERE kind = 'cash'""",
        "less is there than a ledger account's floor",
    ),
    (
        "UPDATE trading.ledger_accounts SET reserved = reserved + 1 WHERE kind = 'cash'",
        "what is promised is not what open orders hold",
    ),
    (
        "UPDATE trading.ledger_accounts SET reserved = reserved + 1 WHERE kind = 'shares'",
        "what is promised is not what open orders hold",
    ),
    (
        """ALTER TABLE trading.orders DROP CONSTRAINT ck_orders_reserved;
           UPDATE trading.orders SET reserved = 1 WHERE status = 'filled'""",
        "a final order holds something",
    ),
    ("DELETE FROM trading.executions WHERE side = 'sell'", "an order's fills are not its executions"),
    (_DOUBLED, "an order's fills are not its executions"),
    (_DOUBLED, "an execution does not follow the one before"),
    (
        "UPDATE trading.executions SET cum_qty = cum_qty + 1 WHERE side = 'sell'",
        "an execution does not follow the one before",
    ),
    (
        "UPDATE trading.executions SET sequence = sequence + 1 WHERE side = 'sell'",
        "an execution does not follow the one before",
    ),
    (
        "UPDATE trading.executions SET ask_price = ask_price - 1 WHERE side = 'buy'",
        "an execution is not what its order and its quote allow",
    ),
    (
        "UPDATE trading.executions SET side = 'buy' WHERE side = 'sell'",
        "an execution is not what its order and its quote allow",
    ),
    ("UPDATE trading.executions SET ask_size = 1", "more was filled against a quote than it displayed"),
    ("DELETE FROM trading.order_events WHERE event = 'fill'", "an order's events are not its history"),
    ("DELETE FROM trading.order_events WHERE event = 'new'", "an order's events are not its history"),
    (
        "DELETE FROM trading.ledger_entries WHERE amount < 0 AND balance_before = 0",
        "a transfer does not balance",
    ),
    ("DELETE FROM trading.ledger_transfers WHERE phase = 'void'", "a promise was not kept"),
    (
        "UPDATE trading.ledger_accounts SET balance = balance + 1 WHERE kind = 'funding'",
        "a trading account's books do not balance",
    ),
    (
        "UPDATE trading.ledger_accounts SET balance = balance + 1 WHERE kind = 'funding'",
        "a ledger account is not what its entries made it",
    ),
    (
        """UPDATE trading.ledger_entries SET balance_before = balance_before + 1, balance_after = balance_after + 1
           WHERE version = 2""",
        "an entry does not follow the one before",
    ),
    (
        "UPDATE trading.ledger_entries SET version = version + 9 WHERE version > 1",
        "an entry does not follow the one before",
    ),
    ("DELETE FROM trading.audit_logs WHERE sequence = 2", "an audit row does not follow the one before"),
    (
        "UPDATE trading.audit_logs SET hash = sha256('x') WHERE sequence = 2",
        "an audit row does not follow the one before",
    ),
    (
        "UPDATE trading.audit_logs SET action = 'order.look' WHERE action = 'order.fill'",
        "what was done to an order is not in the audit log, once",
    ),
]

REBUILT: list[tuple[LiteralString, str]] = [
    ("UPDATE trading.positions SET qty = qty + 0.000000001", "position"),
    ("UPDATE trading.positions SET cost_basis = cost_basis + 0.01", "position"),
    ("UPDATE trading.positions SET realized_profit = realized_profit - 0.01", "position"),
    ("UPDATE trading.positions SET version = version + 1", "position"),
    ("DELETE FROM trading.positions", "position"),
    ("UPDATE trading.ledger_accounts SET balance = balance + 0.01 WHERE kind = 'cash'", "cash"),
    (
        "UPDATE trading.ledger_accounts SET balance = balance + 0.01 WHERE kind = 'realized_profit'",
        "realized",
    ),
    ("UPDATE trading.ledger_accounts SET balance = balance + 1 WHERE kind = 'shares'", "shares"),
    ("DELETE FROM trading.ledger_accounts WHERE kind = 'market'", "market"),
    ("UPDATE trading.accounts SET opening_cash = opening_cash + 0.01", "funding"),
    ("DELETE FROM trading.executions WHERE side = 'sell'", "position"),
    (_DOUBLED, "cash"),
    ("UPDATE trading.executions SET realized_profit = realized_profit + 0.01", "execution"),
    ("UPDATE trading.executions SET side = 'sell'", "execution"),
]


def test_sound_books_break_no_rule(books: Books) -> None:
    assert broken(books.connection, RULES) == []
    assert differences(books.connection) == []
    assert lost(books.connection, books.memory) == []


@pytest.mark.parametrize(("done", "told"), SPOILED)
def test_each_rule_finds_what_breaks_it(books: Books, done: LiteralString, told: str) -> None:
    books.connection.execute(done)
    assert told in {sentence.partition(":")[0] for sentence in broken(books.connection, RULES)}


def test_no_rule_is_without_something_that_breaks_it() -> None:
    assert {told for _, told in SPOILED} == set(RULES)


def test_what_happened_often_is_told_a_few_times_and_counted(books: Books) -> None:
    books.connection.execute("UPDATE trading.audit_logs SET sequence = sequence + 1000 WHERE sequence > 1")
    rows = books.connection.execute("SELECT count(*) FROM trading.audit_logs").fetchone()
    told = broken(books.connection, RULES)

    assert len(told) == SHOWN + 1
    assert told[-1] == f"an audit row does not follow the one before: {rows[0] - 1 if rows else 0} times"


@pytest.mark.parametrize(("done", "told"), REBUILT)
def test_books_that_executions_do_not_give_are_told(books: Books, done: LiteralString, told: str) -> None:
    books.connection.execute(done)
    assert any(f": {told}" in sentence for sentence in differences(books.connection))


def test_an_acknowledged_order_that_is_gone_is_told(books: Books) -> None:
    books.connection.execute("DELETE FROM trading.orders WHERE side = 'sell'")
    (told,) = lost(books.connection, books.memory)
    assert "was acknowledged and is lost" in told


@pytest.mark.parametrize(
    "done", ["client_order_id = 'another'", "limit_price = limit_price + 1", "qty = qty + 1"]
)
def test_an_acknowledged_order_that_is_another_is_told(books: Books, done: LiteralString) -> None:
    books.connection.execute(f"UPDATE trading.orders SET {done} WHERE status = 'canceled'")
    (told,) = lost(books.connection, books.memory)
    assert "was acknowledged as" in told


def test_an_acknowledged_cancelation_that_is_undone_is_told(books: Books) -> None:
    books.connection.execute(
        "UPDATE trading.orders SET status = 'new', canceled_at = NULL WHERE status = 'canceled'"
    )
    (told,) = lost(books.connection, books.memory)
    assert "whose cancelation was acknowledged, is new" in told


def test_an_order_that_nobody_knows_is_told_unless_an_answer_got_lost(books: Books) -> None:
    gone = next(iter(books.memory.orders))
    known = {name: order for name, order in books.memory.orders.items() if name != gone}
    (told,) = lost(books.connection, replace(books.memory, orders=known))

    assert told.startswith("1 orders were never acknowledged")
    assert lost(books.connection, replace(books.memory, orders=known, unsure=1)) == []
