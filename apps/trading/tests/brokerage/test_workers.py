"""Workers, many at once and killed at any moment: nothing is lost and nothing happens twice."""

from __future__ import annotations

import asyncio
import itertools
import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from brokerage import MONDAY
from in_process_workers import PATIENCE, PAUSE, quiet, quote, workers
from worker_processes import start_worker

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

pytestmark = pytest.mark.anyio

MARKET = {"symbol": "ACME", "side": "buy", "type": "market", "time_in_force": "day", "qty": "1"}


async def sound(client: httpx.AsyncClient) -> None:
    books = (await client.get("/v2/account/reconciliation")).json()
    chain = (await client.get("/v2/account/audit/verification")).json()
    assert (books["differences"], chain["why"]) == ([], None)


async def test_a_worker_fills_what_arrives_while_it_listens(
    brokerage: Brokerage, acme: UUID, client: httpx.AsyncClient
) -> None:
    async with workers(brokerage.url, 1):
        order = (await client.post("/v2/orders", json=MARKET)).json()["id"]
        await quiet(brokerage)
        resting = (
            await client.post("/v2/orders", json=MARKET | {"type": "limit", "limit_price": 90})
        ).json()["id"]
        await quote(brokerage, acme, "88", "89", at=MONDAY + timedelta(seconds=1))
        await quiet(brokerage)

    assert (await client.get(f"/v2/orders/{order}")).json()["filled_avg_price"] == "100"
    assert (await client.get(f"/v2/orders/{resting}")).json()["filled_avg_price"] == "89"


async def test_a_worker_fills_what_arrived_before_it_came(
    brokerage: Brokerage, acme: UUID, client: httpx.AsyncClient
) -> None:
    assert acme
    order = (await client.post("/v2/orders", json=MARKET)).json()["id"]
    async with workers(brokerage.url, 1):
        await quiet(brokerage)

    assert (await client.get(f"/v2/orders/{order}")).json()["status"] == "filled"


async def trade(client: httpx.AsyncClient, dice: random.Random, count: int) -> None:
    """Place, cancel and replace at random; refusals are part of the game."""
    mine: list[str] = []
    for _ in range(count):
        match dice.choice(["buy", "buy", "sell", "cancel", "replace"]):
            case "cancel" if mine:
                answer = await client.delete(f"/v2/orders/{dice.choice(mine)}")
                assert answer.status_code in {204, 422}, answer.text
            case "replace" if mine:
                change = {"qty": str(dice.randint(1, 60))}
                answer = await client.patch(f"/v2/orders/{dice.choice(mine)}", json=change)
                assert answer.status_code in {200, 403, 422}, answer.text
            case side:
                answer = await client.post("/v2/orders", json=_order(side, dice))
                assert answer.status_code in {200, 403}, answer.text
                if answer.status_code == 200:
                    mine.append(answer.json()["id"])


def _order(side: str, dice: random.Random) -> dict[str, object]:
    price = str(Decimal(dice.randint(9800, 10200)) / 100)
    kind = dice.choice(["market", "limit", "limit", "stop"])
    whole: dict[str, object] = {
        "qty": str(dice.randint(1, 60)),
        "time_in_force": dice.choice(["day", "gtc", "ioc"]),
    }
    part: dict[str, object] = {"qty": str(Decimal(dice.randint(1, 10**9)).scaleb(-8)), "time_in_force": "day"}
    prices = {"market": {}, "limit": {"limit_price": price}, "stop": {"stop_price": price}}[kind]
    name = "sell" if side == "sell" else "buy"
    return {"symbol": "ACME", "side": name, "type": kind} | dice.choice([whole, part]) | prices


async def move(brokerage: Brokerage, instrument: UUID, dice: random.Random, done: asyncio.Event) -> None:
    for second in itertools.count(1):
        if done.is_set():
            return
        bid = Decimal(dice.randint(9800, 10200)) / 100
        await quote(
            brokerage,
            instrument,
            str(bid),
            str(bid + Decimal("0.05")),
            size=dice.randint(1, 300),
            last=str(bid),
            at=MONDAY + timedelta(seconds=second),
        )
        await asyncio.sleep(0.01)


async def test_whatever_many_do_at_once_the_books_are_exact(brokerage: Brokerage, acme: UUID) -> None:
    dice = random.Random(20260105)  # noqa: S311  dice, no secret
    async with (
        brokerage.customer("30000.00") as ada,
        brokerage.customer("50000.00") as ben,
        workers(brokerage.url, 3),
    ):
        traders = [
            trade(client, random.Random(n), 20)  # noqa: S311  dice, no secret
            for n, client in enumerate((ada, ada, ada, ben, ben))
        ]
        done = asyncio.Event()
        moving = asyncio.create_task(move(brokerage, acme, dice, done))
        await asyncio.gather(*traders)
        done.set()
        await moving
        await quiet(brokerage)
        for client in (ada, ben):
            await sound(client)
            assert (await client.delete("/v2/orders")).status_code == 207
            await sound(client)
            account = (await client.get("/v2/account")).json()
            assert account["cash"] == account["buying_power"]

    assert (
        brokerage.market.value("SELECT count(*) FROM trading.executions WHERE instrument_id = %s", acme) > 0
    )


@pytest.mark.parametrize("table", ["accounts", "ledger_accounts"])
async def test_a_worker_that_is_killed_loses_nothing_and_does_nothing_twice(
    brokerage: Brokerage, acme: UUID, client: httpx.AsyncClient, table: str
) -> None:
    """Killed while it waits for the account it is to fill for, and in the middle of writing the fills."""
    brokerage.market.quote(acme, "99.90", "200.00", size=100_000)
    resting = MARKET | {"type": "limit", "limit_price": "100"}
    answers = [await client.post("/v2/orders", json=resting) for _ in range(60)]
    assert {answer.status_code for answer in answers} == {200}
    brokerage.market.quote(acme, "99.90", "100.00", size=100_000, at=MONDAY + timedelta(seconds=1))
    column = "id" if table == "accounts" else "account_id"
    stall = f"SELECT FROM trading.{table} WHERE {column} = %s FOR UPDATE"
    for _ in range(2):
        with brokerage.market.connection.transaction():
            brokerage.market.rows(stall, client.headers["X-Account-Id"])
            process = await start_worker(brokerage.url)
            await stalled(brokerage, process)
            process.kill()
            await process.wait()
        assert brokerage.market.fills(acme) == 0
        await sound(client)
    process = await start_worker(brokerage.url)
    await quiet(brokerage)
    assert brokerage.market.fills(acme) == 60
    process.terminate()

    assert await process.wait() == 0
    assert (await client.get("/v2/positions/ACME")).json()["qty"] == "60"
    await sound(client)


async def stalled(brokerage: Brokerage, process: asyncio.subprocess.Process) -> None:
    """Wait until a worker waits for what the test has locked."""
    waiting = """SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"""
    for _ in range(PATIENCE):
        if brokerage.market.value(waiting):
            return
        assert process.returncode is None
        await asyncio.sleep(PAUSE)
    raise AssertionError("the worker never came to what is locked")
