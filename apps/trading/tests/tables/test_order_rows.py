from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation

from trading_app.tables.enumerations import OrderStatus
from trading_app.tables.order_transitions import FINAL, TRANSITIONS

if TYPE_CHECKING:
    from uuid import UUID

    from trading_rows import Holding, Rows

Values = dict[str, object]
LIMIT: Values = {"type": "limit", "limit_price": 10}
STOP: Values = {"type": "stop", "stop_price": 9}
STOP_LIMIT: Values = {"type": "stop_limit", "stop_price": 9, "limit_price": 10}
TRAILING: Values = {"type": "trailing_stop", "trail_percent": 5}
HALF: Values = {"filled_qty": 5, "filled_value": 500}
WHOLE: Values = {"filled_qty": 10, "filled_value": 1000}
# What a status needs besides itself.
ALSO: dict[OrderStatus, Values] = {
    OrderStatus.PARTIALLY_FILLED: HALF,
    OrderStatus.FILLED: WHOLE | {"filled_at": "2026-01-02"},
    OrderStatus.CANCELED: {"canceled_at": "2026-01-02"},
    OrderStatus.EXPIRED: {"expired_at": "2026-01-02"},
    OrderStatus.REJECTED: {"failed_at": "2026-01-02"},
}


@pytest.fixture
def held(rows: Rows) -> Holding:
    return rows.holding()


@pytest.mark.parametrize(
    "values",
    [
        {},
        LIMIT,
        STOP,
        STOP_LIMIT,
        TRAILING,
        {"type": "trailing_stop", "trail_price": 2, "stop_price": 98, "hwm": 100},
        {"qty": None, "notional": 1000},
        {"qty": "0.000000001"},
        LIMIT | {"extended_hours": True},
        {"status": "partially_filled"} | HALF,
        {"status": "filled", "filled_at": "2026-01-02"} | WHOLE,
        {"status": "filled", "filled_at": "2026-01-02", "qty": None, "notional": 500} | HALF,
        {"status": "canceled", "canceled_at": "2026-01-02"} | HALF,
        {"order_class": "bracket", "status": "held"} | LIMIT,
        {"reserved": "1000.50"},
    ],
)
def test_a_sound_order_is_kept(rows: Rows, held: Holding, values: Values) -> None:
    assert rows.order(held, **values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (LIMIT | {"limit_price": None}, "limit_price"),
        (STOP_LIMIT | {"limit_price": None}, "limit_price"),
        ({"limit_price": 10}, "limit_price"),
        (STOP | {"limit_price": 10}, "limit_price"),
        (LIMIT | {"limit_price": 0}, "limit_price"),
        (LIMIT | {"limit_price": -1}, "limit_price"),
        (STOP | {"stop_price": None}, "stop_price"),
        (STOP_LIMIT | {"stop_price": None}, "stop_price"),
        ({"stop_price": 9}, "stop_price"),
        (LIMIT | {"stop_price": 9}, "stop_price"),
        (STOP | {"stop_price": 0}, "stop_price"),
        (TRAILING | {"trail_percent": None}, "trail"),
        (TRAILING | {"trail_price": 1}, "trail"),
        (LIMIT | {"trail_price": 1}, "trail"),
        (TRAILING | {"trail_percent": 0}, "trail_percent"),
        (TRAILING | {"trail_percent": 100}, "trail_percent"),
        ({"type": "trailing_stop", "trail_price": -1}, "trail_price"),
        ({"hwm": 10}, "hwm"),
        ({"notional": 100}, "qty_or_notional"),
        ({"qty": None}, "qty_or_notional"),
        ({"qty": 0}, "(qty|filled)"),
        ({"qty": -1}, "(qty|filled_qty)"),
        ({"qty": None, "notional": 0}, "notional"),
        ({"filled_qty": 11, "filled_value": 1}, "filled_qty"),
        ({"filled_qty": -1, "filled_value": -1}, "filled_qty"),
        ({"status": "partially_filled", "filled_qty": 5}, "filled_value"),
        ({"filled_value": 5}, "filled_value"),
        ({"status": "partially_filled"}, "filled"),
        ({"status": "partially_filled"} | WHOLE, "filled"),
        (WHOLE, "filled"),
        ({"status": "filled", "filled_at": "2026-01-02"} | HALF, "filled"),
        ({"status": "filled"} | WHOLE, "filled_at"),
        ({"status": "canceled"}, "canceled_at"),
        ({"canceled_at": "2026-01-02"}, "canceled_at"),
        ({"status": "expired"}, "expired_at"),
        ({"status": "rejected"}, "failed_at"),
        ({"status": "replaced"}, "replaced_at"),
        ({"extended_hours": True}, "extended_hours"),
        (LIMIT | {"extended_hours": True, "time_in_force": "gtc"}, "extended_hours"),
        ({"reserved": -1}, "reserved"),
        ({"reserved": 1, "status": "canceled", "canceled_at": "2026-01-02"}, "reserved"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "x" * 129}, "client_order_id"),
        ({"request_hash": b"short"}, "request_hash"),
        ({"version": 0}, "version"),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(
    rows: Rows, held: Holding, values: Values, constraint: str
) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_orders_{constraint}"'):
        rows.order(held, **values)


@pytest.mark.parametrize(
    "column", ["side", "type", "time_in_force", "status", "client_order_id", "instrument_id"]
)
def test_an_order_says_what_it_wants(rows: Rows, held: Holding, column: str) -> None:
    with pytest.raises(NotNullViolation, match=f'"{column}"'):
        rows.order(held, **{column: None})


def test_a_client_order_id_is_used_once_per_account(rows: Rows, held: Holding) -> None:
    rows.order(held, client_order_id="mine")
    rows.order(rows.holding(), client_order_id="mine")

    with pytest.raises(UniqueViolation, match="uq_orders_client_order_id"):
        rows.order(held, client_order_id="mine")


@pytest.mark.parametrize("column", ["replaces", "parent_id"])
def test_an_order_is_tied_only_to_orders_of_its_account(rows: Rows, held: Holding, column: str) -> None:
    strangers = rows.order(rows.holding())
    assert rows.order(held, **{column: rows.order(held)})

    with pytest.raises(ForeignKeyViolation, match=f"fk_orders_{column}"):
        rows.order(held, **{column: strangers})


def test_a_replaced_order_names_its_successor(rows: Rows, held: Holding) -> None:
    first = rows.order(held)
    second = rows.order(held, replaces=first)

    rows.execute(
        "UPDATE trading.orders SET status = 'replaced', replaced_at = now(), replaced_by = %s WHERE id = %s",
        second,
        first,
    )

    assert rows.one("SELECT replaced_by FROM trading.orders WHERE id = %s", first) == second


def test_the_table_of_transitions_knows_every_status() -> None:
    assert set(TRANSITIONS) | FINAL == set(OrderStatus)
    assert set(TRANSITIONS).isdisjoint(FINAL)
    assert {status for following in TRANSITIONS.values() for status in following} <= set(OrderStatus)


@pytest.mark.parametrize("old", list(OrderStatus))
def test_an_order_takes_exactly_the_statuses_that_may_follow(
    rows: Rows, held: Holding, old: OrderStatus
) -> None:
    also = ALSO | {OrderStatus.REPLACED: {"replaced_at": "2026-01-02", "replaced_by": rows.order(held)}}
    nothing: Values = dict.fromkeys(column for values in also.values() for column in values)
    nothing |= {"filled_qty": 0, "filled_value": 0}

    reached = {
        new
        for new in set(OrderStatus) - {old}
        if _moves(
            rows,
            rows.order(held, status=old, **also.get(old, {})),
            {"status": new} | nothing | also.get(new, {}),
        )
    }

    assert reached == set(TRANSITIONS.get(old, ()))


def _moves(rows: Rows, order: UUID, changes: Values) -> bool:
    assignments = ", ".join(f"{column} = %s" for column in changes)
    try:
        with rows.connection.transaction():
            rows.execute(f"UPDATE trading.orders SET {assignments} WHERE id = %s", *changes.values(), order)
    except CheckViolation as error:
        if error.diag.constraint_name:  # a check, not the trigger
            raise
        return False
    return True


def test_an_illegal_transition_is_refused_in_words(rows: Rows, held: Holding) -> None:
    order = rows.order(held, status="filled", **WHOLE, filled_at="2026-01-02")

    with pytest.raises(CheckViolation, match=f"order {order} is filled, from which it can never become new"):
        rows.execute("UPDATE trading.orders SET status = 'new' WHERE id = %s", order)


def test_a_change_without_a_new_status_is_no_transition(rows: Rows, held: Holding) -> None:
    order = rows.order(held, status="partially_filled", **HALF)

    rows.execute("UPDATE trading.orders SET filled_qty = 7, filled_value = 700 WHERE id = %s", order)

    assert rows.one("SELECT filled_qty FROM trading.orders WHERE id = %s", order) == 7
