from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, UniqueViolation

if TYPE_CHECKING:
    from trading_rows import Rows

Values = dict[str, object]


def test_a_symbol_names_one_instrument(rows: Rows) -> None:
    rows.instrument(symbol="ACME")

    with pytest.raises(UniqueViolation, match="uq_instruments_symbol"):
        rows.instrument(symbol="ACME")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"symbol": ""}, "symbol"),
        ({"symbol": "acme"}, "symbol"),
        ({"mic": "New York"}, "mic"),
        ({"currency": "dollars"}, "currency"),
        ({"tick_size": 0}, "tick_size"),
        ({"lot_size": 0}, "lot_size"),
    ],
)
def test_an_unsound_instrument_is_refused(rows: Rows, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_instruments_{constraint}"'):
        rows.instrument(**values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"bid_price": 0, "bid_size": 1}, "bid_price"),
        ({"ask_price": -1, "ask_size": 1}, "ask_price"),
        ({"bid_size": 1}, "bid_size"),
        ({"ask_size": 1}, "ask_size"),
        ({"bid_price": 1, "bid_size": 1, "bid_taken": 2}, "bid_taken"),
        ({"ask_price": 1, "ask_size": 1, "ask_taken": -1}, "ask_taken"),
        ({"last_price": 1}, "last_traded_at"),
        ({"last_price": 0, "last_traded_at": "2026-01-02"}, "last_price"),
        ({"previous_close": 1}, "previous_close_on"),
        ({"matched_version": 2}, "matched_version"),
    ],
)
def test_an_unsound_quote_is_refused(rows: Rows, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_quotes_{constraint}"'):
        rows.insert(
            "quotes",
            {"instrument_id": rows.instrument(), "quoted_at": "2026-01-02"} | values,
            returning="version",
        )


def test_only_a_later_quote_replaces_a_quote(rows: Rows) -> None:
    instrument = rows.instrument()
    take_in = """
        INSERT INTO trading.quotes (instrument_id, quoted_at) VALUES (%s, %s)
        ON CONFLICT (instrument_id) DO UPDATE SET quoted_at = excluded.quoted_at, version = quotes.version + 1
        WHERE quotes.quoted_at < excluded.quoted_at RETURNING version
    """

    answers = [rows.execute(take_in, instrument, f"2026-01-02T15:0{minute}Z") for minute in (1, 1, 0, 2)]

    assert answers == [[(1,)], [], [], [(2,)]]


def test_a_session_closes_after_it_opens(rows: Rows) -> None:
    day: Values = {"mic": "XNYS", "session_date": "2026-01-02", "time_zone": "America/New_York"}

    with pytest.raises(CheckViolation, match="ck_trading_sessions_closes_at"):
        rows.insert(
            "trading_sessions",
            day | {"opens_at": "2026-01-02T21:00Z", "closes_at": "2026-01-02T14:30Z"},
            returning="mic",
        )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "MAX_ORDER_VALUE", "value": 0}, "value"),
        ({"kind": "MAX_CONCENTRATION", "value": 101}, "value"),
    ],
)
def test_an_unsound_limit_is_refused(rows: Rows, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_risk_limits_{constraint}"'):
        rows.insert("risk_limits", {"account_id": rows.account()} | values)


def test_an_account_has_one_limit_of_a_kind_and_one_per_instrument(rows: Rows) -> None:
    limit: Values = {"account_id": rows.account(), "kind": "MAX_ORDER_VALUE", "value": 1000}
    special = limit | {"instrument_id": rows.instrument()}
    rows.insert("risk_limits", limit)
    rows.insert("risk_limits", special)

    for again, constraint in ((limit, "uq_risk_limits_kind"), (special, "uq_risk_limits_kind_instrument_id")):
        with pytest.raises(UniqueViolation, match=f'"{constraint}"'), rows.connection.transaction():
            rows.insert("risk_limits", again)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "REDUCED"}, "factor"),
        ({"kind": "REDUCED", "factor": 1}, "factor"),
        ({"kind": "HALT", "factor": "0.5"}, "factor"),
        ({"kind": "HALT", "starts_at": "2026-01-02", "ends_at": "2026-01-01"}, "ends_at"),
    ],
)
def test_an_unsound_restriction_is_refused(rows: Rows, values: Values, constraint: str) -> None:
    with pytest.raises(CheckViolation, match=f'"ck_restrictions_{constraint}"'):
        rows.insert("restrictions", {"account_id": rows.account(), "reason": "volatility"} | values)


def test_an_idempotency_key_belongs_to_its_account(rows: Rows) -> None:
    mine, yours = rows.account(), rows.account()
    request: Values = {"key": "k", "method": "POST", "path": "/v2/orders", "request_hash": b"h" * 32}
    rows.insert("idempotency_keys", request | {"account_id": mine}, returning="key")
    rows.insert("idempotency_keys", request | {"account_id": yours}, returning="key")

    with pytest.raises(UniqueViolation, match="pk_idempotency_keys"):
        rows.insert("idempotency_keys", request | {"account_id": mine}, returning="key")


@pytest.mark.parametrize("table", ["accounts", "instruments"])
def test_updated_at_moves_with_a_change_of_trading_rows(rows: Rows, table: str) -> None:
    made = (
        rows.account(updated_at="2020-01-01")
        if table == "accounts"
        else rows.instrument(updated_at="2020-01-01")
    )

    rows.execute(f"UPDATE trading.{table} SET name = 'Other' WHERE id = %s", made)

    assert rows.one(f"SELECT updated_at = now() FROM trading.{table} WHERE id = %s", made)
