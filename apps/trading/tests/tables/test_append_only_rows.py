from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation, UniqueViolation

if TYPE_CHECKING:
    from trading_rows import Rows

WHY = {
    "executions": "a fill is undone by another fill",
    "order_events": "what happened to an order stays in its history",
    "ledger_transfers": "a wrong booking is made good by another",
    "ledger_entries": "a wrong booking is made good by another",
    "audit_logs": "a record of what happened is never rewritten",
}
CHANGES = ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
HASH = b"h" * 32


@pytest.fixture
def written(rows: Rows) -> Rows:
    held = rows.holding()
    order = rows.order(held)
    rows.execution(held, order)
    rows.event(held, order)
    rows.entry(held, rows.transfer(held))
    rows.audit(held.account)
    return rows


@pytest.mark.parametrize("table", WHY)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["postgres", "trading_owner"])
def test_nobody_changes_what_is_append_only(written: Rows, who: str, change: str, table: str) -> None:
    written.execute(f"SET ROLE {who}")

    with pytest.raises(RestrictViolation, match="is append-only") as caught:
        written.execute(change.format(f"trading.{table}"))

    # TRUNCATE … CASCADE may meet another append-only table first.
    assert any(why in str(caught.value) for why in WHY.values())
    if "TRUNCATE" not in change:
        assert f"trading.{table} is append-only" in str(caught.value)
        assert WHY[table] in str(caught.value)


@pytest.mark.parametrize("table", WHY)
@pytest.mark.parametrize("change", CHANGES)
def test_the_service_has_no_right_to_change_it_either(written: Rows, change: str, table: str) -> None:
    written.execute("SET ROLE trading_runtime")

    with pytest.raises(InsufficientPrivilege):
        written.execute(change.format(f"trading.{table}"))


def test_the_service_may_write_and_read_all_of_it(rows: Rows) -> None:
    held, other = rows.holding(), rows.holding()
    rows.execute("SET ROLE trading_runtime")

    order = rows.order(held)
    rows.execution(held, order)
    rows.event(held, order)
    rows.entry(held, rows.transfer(held))
    rows.audit(held.account)
    rows.audit(other.account)

    assert {rows.one(f"SELECT count(*) FROM trading.{table}") for table in set(WHY) - {"audit_logs"}} == {1}
    assert rows.one("SELECT count(*) FROM trading.audit_logs") == 2


@pytest.mark.parametrize("table", ["accounts", "orders", "positions", "ledger_accounts"])
def test_the_service_deletes_nothing_that_the_books_stand_on(rows: Rows, table: str) -> None:
    rows.execute("SET ROLE trading_runtime")

    with pytest.raises(InsufficientPrivilege):
        rows.execute(f"DELETE FROM trading.{table}")


def test_the_audit_chain_begins_without_a_previous_hash_and_goes_on_with_one(rows: Rows) -> None:
    account = rows.account()

    assert rows.audit(account) == 1
    assert rows.audit(account, sequence=2, previous_hash=HASH) == 2


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"previous_hash": HASH}, "previous_hash"),
        ({"sequence": 2}, "previous_hash"),
        ({"sequence": 2, "previous_hash": b"short"}, "previous_hash"),
        ({"hash": b"short"}, "hash"),
        ({"sequence": 0, "previous_hash": HASH}, "sequence"),
        ({"outcome": "refused"}, "reason"),
        ({"reason": "insufficient_funds"}, "reason"),
        ({"actor_kind": "user"}, "actor_id"),
        ({"action": "Place order"}, "action"),
        ({"metadata": "[]"}, "metadata"),
    ],
)
def test_an_unsound_audit_record_is_refused(rows: Rows, values: dict[str, object], constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_audit_logs_{constraint}"'):
        rows.audit(rows.account(), **values)


def test_the_audit_chain_does_not_fork(rows: Rows) -> None:
    account = rows.account()
    rows.audit(account)

    with pytest.raises(UniqueViolation, match="pk_audit_logs"):
        rows.audit(account)
