"""`trading verify`: what an operator reads about accounts that are sound, and about one that was tampered with."""

from __future__ import annotations

import os
import subprocess
import sys
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
NOBODY = "019a0000-0000-7000-8000-000000000000"


def verify(brokerage: Brokerage, *options: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "trading_app.cli", "verify", *options]
    environment = os.environ | {"DATABASE_URL": brokerage.url}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
async def account(brokerage: Brokerage, client: httpx.AsyncClient, acme: UUID) -> str:
    """An account that has bought something."""
    order = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day", "qty": 3}
    assert (await client.post("/v2/orders", json=order)).status_code == 200
    await match(brokerage.database, MarketClock(), model_of(brokerage.app.state.service.settings), acme)
    name: str = client.headers["X-Account-Id"]
    return name


async def test_an_account_is_sound(brokerage: Brokerage, account: str) -> None:
    code, out, err = verify(brokerage, "--account", account)

    assert (code, err) == (0, "")
    assert out == f"{account}: sound, 1 executions, 3 audit rows\n1 of 1 accounts are sound\n"


async def test_every_account_is_looked_at_unless_one_is_named(brokerage: Brokerage, account: str) -> None:
    count = brokerage.market.value("SELECT count(*) FROM trading.accounts")
    code, out, _ = verify(brokerage)

    assert code == 0
    assert f"{account}: sound" in out
    assert out.endswith(f"\n{count} of {count} accounts are sound\n")


async def test_an_account_that_was_tampered_with_is_named_with_what_is_wrong(
    brokerage: Brokerage, account: str
) -> None:
    brokerage.market.rows("SET session_replication_role = replica")  # as somebody who owns the server could
    brokerage.market.rows("UPDATE trading.positions SET qty = qty + 1 WHERE account_id = %s", account)
    brokerage.market.rows(
        "UPDATE trading.audit_logs SET action = 'order.cancel' WHERE account_id = %s AND sequence = 2",
        account,
    )
    code, out, _ = verify(brokerage, "--account", account)
    brokerage.market.rows("UPDATE trading.positions SET qty = qty - 1 WHERE account_id = %s", account)
    brokerage.market.rows(
        "UPDATE trading.audit_logs SET action = 'order.place' WHERE account_id = %s AND sequence = 2", account
    )

    assert code == 3
    assert f"{account}: NOT SOUND, 1 executions" in out
    assert "books 4, rebuilt 3" in out
    assert "audit row 2: the row's content does not give its hash" in out
    assert out.endswith("0 of 1 accounts are sound\n")


async def test_an_account_that_is_not_there_is_no_sound_one(brokerage: Brokerage) -> None:
    assert verify(brokerage, "--account", NOBODY) == (1, "", f"error: there is no account {NOBODY}\n")
