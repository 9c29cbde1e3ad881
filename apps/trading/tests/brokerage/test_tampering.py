"""Whoever owns the server can change any row; the account's reconciliation and its audit chain tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trading_app.venue.clock import MarketClock
from trading_app.venue.matching import match
from trading_app.venue.model import model_of

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

ORDER = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day", "qty": 3}
# what is done to one account's rows, what differs then, and why its audit chain does not hold
TAMPERED = [
    ("UPDATE trading.accounts SET open_orders = 7 WHERE id = %s", "open orders: 7, not 0", None),
    ("UPDATE trading.accounts SET execution_sequence = 5 WHERE id = %s", "last execution: 5, not 1", None),
    (
        "UPDATE trading.positions SET qty = 4 WHERE account_id = %s",
        "position qty: 4, not 3",
        None,
    ),
    (
        "UPDATE trading.ledger_accounts SET reserved = 1 WHERE account_id = %s AND kind = 'cash'",
        "reserved: 1, not 0",
        None,
    ),
    ("DELETE FROM trading.audit_logs WHERE account_id = %s AND sequence = 3", None, "row 3 is missing"),
    ("DELETE FROM trading.audit_logs WHERE account_id = %s AND sequence = 2", None, "row 2 is missing"),
    (
        "UPDATE trading.audit_logs SET action = 'order.cancel' WHERE account_id = %s AND sequence = 3",
        None,
        "the row's content does not give its hash",
    ),
    (
        "UPDATE trading.accounts SET audit_hash = sha256('x') WHERE id = %s",
        None,
        "the account knows another hash of this row",
    ),
]


@pytest.mark.parametrize(("done", "differs", "broken"), TAMPERED)
async def test_what_was_tampered_with_is_told(
    brokerage: Brokerage,
    client: httpx.AsyncClient,
    acme: UUID,
    done: str,
    differs: str | None,
    broken: str | None,
) -> None:
    await client.post("/v2/orders", json=ORDER)
    await match(brokerage.database, MarketClock(), model_of(brokerage.app.state.service.settings), acme)
    brokerage.market.rows("SET session_replication_role = replica")
    brokerage.market.rows(done, client.headers["X-Account-Id"])

    books = (await client.get("/v2/account/reconciliation")).json()
    chain = (await client.get("/v2/account/audit/verification")).json()
    told = [f"{each['what']}: {each['books']}, not {each['rebuilt']}" for each in books["differences"]]
    assert told == ([] if differs is None else [differs])
    assert (books["matches"], chain["holds"], chain["why"]) == (differs is None, broken is None, broken)
