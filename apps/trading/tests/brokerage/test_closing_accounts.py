"""An account ends when nothing is promised and nothing held; its history stays, and its owner may leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from in_process_workers import quiet, quote, workers
from psycopg.errors import CheckViolation, ForeignKeyViolation, RestrictViolation

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

ORDER = {"symbol": "ACME", "side": "buy", "type": "limit", "time_in_force": "day", "qty": 1, "limit_price": 1}


async def said(client: httpx.AsyncClient) -> tuple[int, str]:
    answer = await client.post("/v2/account/close")
    return answer.status_code, answer.json()["message"]


async def test_an_account_that_is_closed_pays_its_cash_out_and_stays_readable(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/v2/account/close")
    account = (await client.get("/v2/account")).json()
    [paid] = (await client.get("/v2/account/activities/CSW")).json()
    balances = {row["kind"]: row["balance"] for row in (await client.get("/v2/account/ledger")).json()}
    reconciled = (await client.get("/v2/account/reconciliation")).json()
    trail = (await client.get("/v2/account/audit")).json()["rows"]

    assert (answer.status_code, answer.json()["status"]) == (200, "ACCOUNT_CLOSED")
    assert (account["status"], account["cash"], account["equity"]) == ("ACCOUNT_CLOSED", "0", "0")
    assert paid["net_amount"] == "-100000"
    assert (balances["cash"], balances["funding"]) == ("0", "0")
    assert reconciled["matches"] is True
    assert (trail[0]["action"], trail[0]["metadata"]) == ("account.close", {"cash": "100000"})
    assert (await client.get("/v2/account/audit/verification")).json()["holds"] is True


async def test_open_orders_stand_against_it_until_they_are_cancelled(
    client: httpx.AsyncClient, acme: UUID
) -> None:
    assert acme
    await client.post("/v2/orders", json=ORDER)

    assert await said(client) == (409, "The account has open orders: cancel them first.")
    await client.delete("/v2/orders")
    assert (await client.post("/v2/account/close")).status_code == 200


async def test_open_positions_stand_against_it_until_they_are_sold(
    brokerage: Brokerage, client: httpx.AsyncClient, acme: UUID
) -> None:
    async with workers(brokerage.url, 1):
        await client.post("/v2/orders", json=ORDER | {"type": "market", "limit_price": None})
        await quiet(brokerage)
        refused = await said(client)
        await quote(brokerage, acme)
        await client.delete("/v2/positions/ACME")
        await quiet(brokerage)

    assert refused == (409, "The account has open positions: close them first.")
    assert (await client.post("/v2/account/close")).status_code == 200
    assert (await client.get("/v2/account/reconciliation")).json()["matches"] is True


@pytest.mark.parametrize("block", ["account_blocked", "transfers_blocked"])
async def test_no_money_leaves_a_blocked_account(
    brokerage: Brokerage, client: httpx.AsyncClient, block: str
) -> None:
    account = client.headers["X-Account-Id"]
    brokerage.market.rows(f"UPDATE trading.accounts SET {block} = true WHERE id = %s", account)

    assert await said(client) == (403, "The account is blocked: no money may leave it.")


async def test_closing_twice_closes_once(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/v2/account/close") for _ in range(5)))
    account = client.headers["X-Account-Id"]

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    closings = "SELECT count(*) FROM trading.audit_logs WHERE account_id = %s AND action = 'account.close'"
    assert brokerage.market.value(closings, account) == 1


async def test_a_closed_account_takes_no_orders(client: httpx.AsyncClient, acme: UUID) -> None:
    assert acme
    await client.post("/v2/account/close")
    answer = await client.post("/v2/orders", json=ORDER)

    assert (answer.status_code, answer.json()["reason"]) == (403, "account_not_active")


async def test_without_a_choice_the_oldest_open_account_is_meant(brokerage: Brokerage) -> None:
    async with brokerage.market.person().client(brokerage.app) as client:
        first = (await client.post("/v2/accounts", json={})).json()["id"]
        second = (await client.post("/v2/accounts", json={})).json()["id"]
        await client.post("/v2/account/close")
        default = (await client.get("/v2/account")).json()["id"]
        await client.post("/v2/account/close")
        last = (await client.get("/v2/account")).json()["id"]

    assert (default, last) == (second, first)


async def test_the_owner_may_leave_once_the_account_is_closed_and_its_books_stay(
    brokerage: Brokerage,
) -> None:
    person = brokerage.market.person()
    async with person.client(brokerage.app) as client:
        account = (await client.post("/v2/accounts", json={})).json()["id"]
        with pytest.raises((RestrictViolation, ForeignKeyViolation), match="fk_accounts_owner_id"):
            brokerage.market.rows('DELETE FROM platform."user" WHERE id = %s', person.id)
        await client.post("/v2/account/close")
    brokerage.market.rows('DELETE FROM platform."user" WHERE id = %s', person.id)

    rows = brokerage.market.rows(
        "SELECT action, actor_id FROM trading.audit_logs WHERE account_id = %s ORDER BY 1", account
    )
    assert rows == [
        {"action": "account.close", "actor_id": person.id},
        {"action": "account.open", "actor_id": person.id},
    ]


async def test_no_open_account_is_without_an_owner(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    account = client.headers["X-Account-Id"]

    with pytest.raises(CheckViolation, match="ck_accounts_owner_id"):
        brokerage.market.rows("UPDATE trading.accounts SET owner_id = NULL WHERE id = %s", account)
