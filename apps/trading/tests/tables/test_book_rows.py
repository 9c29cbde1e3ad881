from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, UniqueViolation

if TYPE_CHECKING:
    from trading_rows import Holding, Rows

Values = dict[str, object]


@pytest.fixture
def held(rows: Rows) -> Holding:
    return rows.holding()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"qty": 0, "amount": 0}, "qty"),
        ({"price": 0, "amount": 0}, "price"),
        ({"amount": -100}, "amount"),
        ({"amount": "100.02"}, "amount"),
        ({"fee": "-0.01"}, "fee"),
        ({"cum_qty": "0.5"}, "cum_qty"),
        ({"leaves_qty": -1}, "leaves_qty"),
        ({"sequence": 0}, "sequence"),
    ],
)
def test_an_unsound_fill_is_refused(rows: Rows, held: Holding, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_executions_{constraint}"'):
        rows.execution(held, rows.order(held), **values)


def test_a_fill_cannot_be_booked_twice(rows: Rows, held: Holding) -> None:
    order = rows.order(held)
    rows.execution(held, order)

    with pytest.raises(UniqueViolation, match="uq_executions_order_id_cum_qty"):
        rows.execution(held, order, sequence=2)


def test_the_fills_of_an_account_are_numbered(rows: Rows, held: Holding) -> None:
    rows.execution(held, rows.order(held), sequence=1)

    with pytest.raises(UniqueViolation, match="uq_executions_sequence"):
        rows.execution(held, rows.order(held), sequence=1)


def test_a_fill_cannot_fill_another_accounts_order(rows: Rows, held: Holding) -> None:
    order = rows.order(rows.holding())

    with pytest.raises(ForeignKeyViolation, match="fk_executions_order_id"):
        rows.execution(held, order)


def test_only_a_fill_has_an_execution_in_the_orders_history(rows: Rows, held: Holding) -> None:
    order = rows.order(held)
    fill = rows.execution(held, order)
    rows.event(held, order)
    rows.event(held, order, version=2, event="partial_fill", status="partially_filled", execution_id=fill)

    with pytest.raises(CheckViolation, match="ck_order_events_execution_id"):
        rows.event(held, order, version=3, event="fill", status="filled")


def test_the_events_of_an_order_are_numbered(rows: Rows, held: Holding) -> None:
    order = rows.order(held)
    rows.event(held, order, version=1)

    with pytest.raises(UniqueViolation, match="uq_order_events_order_id_version"):
        rows.event(held, order, version=1)


@pytest.mark.parametrize(("qty", "cost"), [(10, 1000), (10, 0), (-10, -1000), (0, 0)])
def test_a_position_costs_what_its_sign_says(rows: Rows, held: Holding, qty: int, cost: int) -> None:
    keys: Values = {"account_id": held.account, "instrument_id": held.instrument}

    assert rows.insert("positions", keys | {"qty": qty, "cost_basis": cost}, returning="qty") == qty


@pytest.mark.parametrize(("qty", "cost"), [(10, -1), (-10, 1), (0, 1)])
def test_a_position_of_the_wrong_sign_is_refused(rows: Rows, held: Holding, qty: int, cost: int) -> None:
    keys: Values = {"account_id": held.account, "instrument_id": held.instrument}

    with pytest.raises(CheckViolation, match="ck_positions_cost_basis"):
        rows.insert("positions", keys | {"qty": qty, "cost_basis": cost}, returning="qty")


def test_cash_is_never_promised_twice(rows: Rows, held: Holding) -> None:
    rows.execute("UPDATE trading.ledger_accounts SET balance = 100, reserved = 60 WHERE id = %s", held.cash)

    with pytest.raises(CheckViolation, match="ck_ledger_accounts_floor"):
        rows.execute("UPDATE trading.ledger_accounts SET reserved = reserved + 60 WHERE id = %s", held.cash)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "cash"}, "floored"),
        ({"kind": "fees", "balance": "0.001"}, "cents"),
        ({"kind": "fees", "reserved": -1}, "reserved"),
        ({"kind": "shares", "floor": 0, "unit": "ACME"}, "instrument_id"),
        ({"kind": "fees", "unit": ""}, "unit"),
        ({"kind": "fees", "version": -1}, "version"),
    ],
)
def test_an_unsound_ledger_account_is_refused(rows: Rows, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_ledger_accounts_{constraint}"'):
        rows.ledger_account(rows.account(), **values)


def test_shares_are_counted_in_billionths(rows: Rows, held: Holding) -> None:
    shares = rows.ledger_account(
        held.account,
        kind="shares",
        unit="ACME",
        instrument_id=held.instrument,
        floor=0,
        balance="0.000000001",
    )

    assert rows.one("SELECT balance FROM trading.ledger_accounts WHERE id = %s", shares) == Decimal(
        "0.000000001"
    )


def test_an_account_has_one_ledger_account_of_a_kind(rows: Rows, held: Holding) -> None:
    with pytest.raises(UniqueViolation, match="uq_ledger_accounts_kind_unit"):
        rows.ledger_account(held.account, kind="cash", floor=0)


def test_an_account_has_one_ledger_account_of_a_kind_per_instrument(rows: Rows, held: Holding) -> None:
    of: Values = {"kind": "securities", "instrument_id": held.instrument}
    rows.ledger_account(held.account, **of)
    rows.ledger_account(held.account, **of | {"instrument_id": rows.instrument()})

    with pytest.raises(UniqueViolation, match="uq_ledger_accounts_kind_instrument_id"):
        rows.ledger_account(held.account, **of)


def test_a_transfer_has_one_unit_at_both_ends(rows: Rows, held: Holding) -> None:
    euros = rows.ledger_account(held.account, kind="cash", unit="EUR", floor=0)

    with pytest.raises(ForeignKeyViolation, match="fk_ledger_transfers_to_id_unit"):
        rows.transfer(held, to_id=euros)


def test_a_transfer_stays_within_its_account(rows: Rows, held: Holding) -> None:
    with pytest.raises(ForeignKeyViolation, match="fk_ledger_transfers_to_id_unit"):
        rows.transfer(held, to_id=rows.holding().cash)


def test_a_reservation_is_posted_in_parts_and_the_rest_is_released(rows: Rows, held: Holding) -> None:
    ends: Values = {"from_id": held.cash, "to_id": held.funding, "reason": "order"}
    pending = rows.transfer(held, phase="pending", amount=100, **ends)

    assert rows.transfer(held, phase="post", amount=59, released=60, pending_id=pending, **ends)
    assert rows.transfer(held, phase="void", amount=40, released=40, pending_id=pending, **ends)
    assert (
        rows.one("SELECT sum(released) FROM trading.ledger_transfers WHERE pending_id = %s", pending) == 100
    )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"released": 1}, "released"),
        ({"phase": "pending", "released": 1}, "released"),
        ({"phase": "post"}, "pending_id"),
        ({"phase": "void"}, "pending_id"),
        ({"reason": "correction"}, "corrects_id"),
    ],
)
def test_an_unsound_transfer_is_refused(rows: Rows, held: Holding, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f"ck_ledger_transfers_({constraint}|released)"):
        rows.transfer(held, **values)


def test_a_transfer_leads_somewhere_else(rows: Rows, held: Holding) -> None:
    with pytest.raises(CheckViolation, match="ck_ledger_transfers_to_id"):
        rows.transfer(held, to_id=held.funding)


def test_the_entries_of_a_ledger_account_are_numbered(rows: Rows, held: Holding) -> None:
    first, second = rows.transfer(held), rows.transfer(held)
    rows.entry(held, first)

    with pytest.raises(UniqueViolation, match="pk_ledger_entries"):
        rows.entry(held, second)


def test_a_transfer_moves_a_ledger_account_once(rows: Rows, held: Holding) -> None:
    transfer = rows.transfer(held)
    rows.entry(held, transfer)

    with pytest.raises(UniqueViolation, match="uq_ledger_entries_transfer_id_ledger_account_id"):
        rows.entry(held, transfer, version=2, balance_before=100, balance_after=200)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount": 0, "balance_after": 0}, "amount"),
        ({"balance_after": 99}, "balance_after"),
        ({"balance_before": 1, "balance_after": 101}, "balance_before"),
        ({"version": 0}, "version"),
    ],
)
def test_an_unsound_entry_is_refused(rows: Rows, held: Holding, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f"ck_ledger_entries_({constraint}|version)"):
        rows.entry(held, rows.transfer(held), **values)
