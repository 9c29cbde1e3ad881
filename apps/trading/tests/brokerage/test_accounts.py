from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio


async def test_a_new_account_holds_its_play_money(client: httpx.AsyncClient) -> None:
    account = (await client.get("/v2/account")).json()

    assert (account["cash"], account["buying_power"], account["equity"]) == ("100000", "100000", "100000")
    assert (account["last_equity"], account["long_market_value"], account["status"]) == (
        "100000",
        "0",
        "ACTIVE",
    )
    assert account["account_number"].isdecimal()


async def test_a_user_without_an_account_is_told_so(brokerage: Brokerage) -> None:
    async with brokerage.market.person().client(brokerage.app) as client:
        answer = await client.get("/v2/account")

    assert (answer.status_code, answer.json()["code"]) == (404, 40410000)


async def test_nobody_is_sent_to_sign_in(brokerage: Brokerage) -> None:
    async with brokerage.market.person().client(brokerage.app) as client:
        client.headers["Authorization"] = "Bearer nothing"
        answer = await client.get("/v2/account")

    assert (answer.status_code, answer.json()["code"]) == (401, 40110000)


async def test_a_user_chooses_among_accounts(brokerage: Brokerage) -> None:
    async with brokerage.market.person().client(brokerage.app) as client:
        first = (await client.post("/v2/accounts", json={"name": "first"})).json()
        second = (await client.post("/v2/accounts", json={"name": "second", "opening_cash": "5.25"})).json()
        default = (await client.get("/v2/account")).json()
        chosen = (await client.get("/v2/account", headers={"X-Account-Id": second["id"]})).json()
        listed = (await client.get("/v2/accounts")).json()

    assert default["id"] == first["id"]
    assert (chosen["id"], chosen["cash"]) == (second["id"], "5.25")
    assert [(account["name"], account["role"]) for account in listed] == [
        ("first", "OWNER"),
        ("second", "OWNER"),
    ]


async def test_a_strangers_account_does_not_exist(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    async with brokerage.customer() as stranger:
        answer = await stranger.get("/v2/account", headers={"X-Account-Id": client.headers["X-Account-Id"]})

    assert (answer.status_code, answer.json()["code"]) == (404, 40410000)


@pytest.mark.parametrize(
    "cash",
    ["-1", "0.001", "NaN", "1e3", "\N{ARABIC-INDIC DIGIT ONE}", "100000000001", True, None, [], "9" * 40],
)
async def test_an_account_is_not_opened_with_nonsense(brokerage: Brokerage, cash: object) -> None:
    person = brokerage.market.person()
    async with person.client(brokerage.app) as client:
        answer = await client.post("/v2/accounts", json={"opening_cash": cash})

    assert (answer.status_code, answer.json()["code"]) == (422, 42210000)
    assert brokerage.market.value("SELECT count(*) FROM trading.accounts WHERE owner_id = %s", person.id) == 0


async def test_an_account_asked_for_twice_under_one_key_is_opened_once(brokerage: Brokerage) -> None:
    person = brokerage.market.person()
    async with person.client(brokerage.app) as client:
        headers = {"Idempotency-Key": "mine"}
        answers = await asyncio.gather(
            *(client.post("/v2/accounts", json={"name": "one"}, headers=headers) for _ in range(5))
        )
        other = await client.post("/v2/accounts", json={"name": "two"}, headers=headers)

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert (other.status_code, other.json()["code"]) == (409, 40910000)
    assert brokerage.market.value("SELECT count(*) FROM trading.accounts WHERE owner_id = %s", person.id) == 1


async def test_the_same_key_of_another_user_is_another_key(brokerage: Brokerage) -> None:
    async with (
        brokerage.market.person().client(brokerage.app) as ada,
        brokerage.market.person().client(brokerage.app) as ben,
    ):
        first = await ada.post("/v2/accounts", json={}, headers={"Idempotency-Key": "mine"})
        second = await ben.post("/v2/accounts", json={}, headers={"Idempotency-Key": "mine"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


async def test_settings_are_changed_one_by_one(client: httpx.AsyncClient) -> None:
    before = (await client.get("/v2/account/configurations")).json()
    after = (
        await client.patch("/v2/account/configurations", json={"suspend_trade": True, "pdt_check": None})
    ).json()

    assert after == before | {"suspend_trade": True}
    assert (await client.get("/v2/account")).json()["trade_suspended_by_user"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"max_margin_multiplier": "4"},
        {"no_shorting": False},
        {"suspend_trade": "yes"},
        {"pdt_check": "never"},
        {"cash": 1},
    ],
)
async def test_settings_that_a_cash_account_cannot_have_are_refused(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await client.patch("/v2/account/configurations", json=change)

    assert (answer.status_code, answer.json()["code"]) == (422, 42210000)


async def test_the_owner_gives_and_takes_roles(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    friend = brokerage.market.person()
    account = client.headers["X-Account-Id"]
    async with friend.client(brokerage.app, account) as theirs:
        path = f"/v2/account/members/{friend.id}"
        statuses = [(await theirs.get("/v2/account")).status_code]
        statuses.append((await client.put(path, json={"role": "VIEWER"})).status_code)
        statuses.append((await theirs.get("/v2/account")).status_code)
        statuses.append((await theirs.patch("/v2/account/configurations", json={})).status_code)
        statuses.append((await client.delete(path)).status_code)
        statuses.append((await theirs.get("/v2/account")).status_code)
        statuses.append((await client.delete(path)).status_code)

    assert statuses == [404, 200, 200, 403, 204, 404, 404]


async def test_the_owner_stays(brokerage: Brokerage, client: httpx.AsyncClient) -> None:
    account = client.headers["X-Account-Id"]
    owner = brokerage.market.value("SELECT owner_id FROM trading.accounts WHERE id = %s", account)
    demoted = await client.put(f"/v2/account/members/{owner}", json={"role": "VIEWER"})
    removed = await client.delete(f"/v2/account/members/{owner}")

    assert (demoted.status_code, removed.status_code) == (409, 409)


async def test_every_change_of_an_account_is_in_its_chain(
    brokerage: Brokerage, client: httpx.AsyncClient
) -> None:
    friend = brokerage.market.person()
    await client.patch("/v2/account/configurations", json={"suspend_trade": True})
    await client.put(f"/v2/account/members/{friend.id}", json={"role": "TRADER"})
    page = (await client.get("/v2/account/audit", params={"limit": 2})).json()
    rest = (await client.get("/v2/account/audit", params={"before": page["next_before"]})).json()
    verdict = (await client.get("/v2/account/audit/verification")).json()

    assert [row["action"] for row in page["rows"] + rest["rows"]] == [
        "member.set",
        "account.configure",
        "account.open",
    ]
    assert verdict == {"holds": True, "rows": 3, "broken_at": None, "why": None}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ('UPDATE trading.audit_logs SET metadata = \'{"opening_cash": "1"}\' WHERE sequence = 1', "content"),
        ("DELETE FROM trading.audit_logs WHERE sequence = 1", "missing"),
        (
            "UPDATE trading.audit_logs SET hash = sha256('x') WHERE sequence = 1",
            "content",
        ),
    ],
)
async def test_a_chain_that_somebody_tampered_with_is_found_out(
    brokerage: Brokerage, client: httpx.AsyncClient, change: str, why: str
) -> None:
    await client.patch("/v2/account/configurations", json={"suspend_trade": True})
    brokerage.market.rows("SET session_replication_role = replica")
    brokerage.market.rows(f"{change} AND account_id = %s", client.headers["X-Account-Id"])
    verdict = (await client.get("/v2/account/audit/verification")).json()

    assert (verdict["holds"], verdict["broken_at"]) == (False, 1)
    assert why in verdict["why"]


async def test_the_opening_is_the_first_entry_of_the_books(client: httpx.AsyncClient) -> None:
    accounts = {row["kind"]: row for row in (await client.get("/v2/account/ledger")).json()}
    path = f"/v2/account/ledger/{accounts['cash']['id']}/entries"
    entries = (await client.get(path)).json()["entries"]

    assert (accounts["cash"]["balance"], accounts["funding"]["balance"]) == ("100000", "-100000")
    assert [(entry["version"], entry["reason"], entry["balance_after"]) for entry in entries] == [
        (1, "opening", "100000")
    ]
