"""Many clients at real processes, some of one account, while quotes move and workers are killed: the books keep their rules."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest
from books_from_executions import violations
from brokerage import ADDRESS, MONDAY, Market
from in_process_workers import PATIENCE, PAUSE, idle
from server_processes import serving
from worker_processes import crew

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from brokerage import Person
    from worker_processes import Crew

pytestmark = pytest.mark.anyio

CLIENTS, ACCOUNTS, TURNS, KILLS = 32, 5, 12, 3
CENTS = {"ACME": 10_000, "BOLT": 700}
"""What the instruments cost about."""
ONCE = httpx.Limits(max_keepalive_connections=0)
"""A connection that has been idle for long may be closed at the moment it is used again: each is used once."""
DONE, REFUSED, LATER = {200, 204, 207}, {403, 404, 422}, 503
FILLS = "SELECT count(*) FROM trading.executions"
READY = r"Uvicorn running on http://127\.0\.0\.1:(?P<port>\d+)"


@dataclass
class Trader:
    """One of the clients of an account; what it does is drawn by dice.

    Args:
        doors: a way into each of the service's processes.
        seen: the statuses of its answers.
        acknowledged: the orders that it was told of.
    """

    account: UUID
    doors: list[httpx.AsyncClient]
    dice: random.Random
    seen: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)

    async def trade(self, enough: Callable[[], bool]) -> None:
        """Do so much, and go on until enough happened."""
        for turn in itertools.count():
            if turn >= TURNS and enough():
                return
            await self._turn()

    async def _turn(self) -> None:
        symbol, dice = self.dice.choice(list(CENTS)), self.dice
        order = dice.choice(self.acknowledged) if self.acknowledged else None
        match dice.choice(["buy", "buy", "sell", "sell", "cancel", "replace", "twice", "end", "look"]):
            case "cancel" if order:
                await self.ask("DELETE", f"/orders/{order}")
            case "replace" if order:
                await self._place("PATCH", f"/orders/{order}", json={"qty": str(dice.randint(1, 40))})
            case "end":
                path = dice.choice(["/orders", f"/positions/{symbol}?percentage={dice.randint(1, 100)}"])
                await (self.ask if path == "/orders" else self._place)("DELETE", path)
            case "look":
                await self._look()
            case "twice":
                await self._place_twice(self._order(symbol, "buy"))
            case side:
                await self._place(
                    "POST", "/orders", json=self._order(symbol, "sell" if side == "sell" else "buy")
                )

    def _order(self, symbol: str, side: str) -> dict[str, str]:
        dice, kind = self.dice, self.dice.choice(["market", "limit", "limit", "stop", "stop_limit"])
        order = {
            "symbol": symbol,
            "side": side,
            "type": kind,
            "client_order_id": f"{dice.getrandbits(128):x}",
        }
        order |= dice.choice(
            [
                {"qty": str(dice.randint(1, 40)), "time_in_force": dice.choice(["day", "gtc", "ioc", "fok"])},
                {"qty": f"{Decimal(dice.randint(1, 10**10)).scaleb(-9):f}", "time_in_force": "day"},
            ]
        )
        for name in {
            "limit": ["limit_price"],
            "stop": ["stop_price"],
            "stop_limit": ["limit_price", "stop_price"],
        }.get(kind, []):
            order[name] = str(Decimal(CENTS[symbol] + dice.randint(-40, 40)) / 100)
        return order

    async def _look(self) -> None:
        """At any moment nothing is promised that is not there, and the service finds its own books exact."""
        account = (await self.ask("GET", "/account")).json()
        assert 0 <= Decimal(account["buying_power"]) <= Decimal(account["cash"])
        for position in (await self.ask("GET", "/positions")).json():
            assert 0 <= Decimal(position["qty_available"]) <= Decimal(position["qty"])
        assert (await self.ask("GET", "/account/reconciliation")).json()["differences"] == []
        assert (await self.ask("GET", "/account/audit/verification")).json()["why"] is None

    async def _place(self, method: str, path: str, **options: Any) -> None:  # noqa: ANN401  as httpx
        answer = await self.ask(method, path, **options)
        if answer.status_code == 200:
            self.acknowledged.append(answer.json()["id"])

    async def _place_twice(self, order: dict[str, str]) -> None:
        """Send the same order through both doors at once: it is placed once, if at all."""
        answers = await asyncio.gather(
            *(self.ask("POST", "/orders", door, json=order) for door in self.doors)
        )
        placed = [answer.json()["id"] for answer in answers if answer.status_code == 200]
        assert len(set(placed)) <= 1
        self.acknowledged += placed

    async def ask(
        self,
        method: str,
        path: str,
        door: httpx.AsyncClient | None = None,
        **options: Any,  # noqa: ANN401  as httpx
    ) -> httpx.Response:
        """Ask through a door, or any; later again where the service wishes so."""
        while True:
            answer = await (door or self.dice.choice(self.doors)).request(method, f"/v2{path}", **options)
            self.seen[answer.status_code] += 1
            if answer.status_code != LATER:
                assert answer.status_code in DONE | REFUSED, answer.text
                return answer
            await asyncio.sleep(int(answer.headers["Retry-After"]))


@pytest.fixture
def urls(migrated_copy: str, tmp_path: Path) -> Iterator[list[str]]:
    """Where the service answers, as two processes."""
    command = (sys.executable, "-m", "trading_app.cli", "serve", "--port", "0")
    environment = {"DATABASE_URL": migrated_copy, "TRADING_PUBLIC_URL": ADDRESS, "TRADING_CLOCK": "market"}
    with (
        serving(command, environment, tmp_path / "first.log", READY) as first,
        serving(command, environment, tmp_path / "second.log", READY) as second,
    ):
        yield [first.url, second.url]


@pytest.fixture
def market(migrated_copy: str) -> Iterator[Market]:
    market = Market(migrated_copy)
    market.sessions(MONDAY.date(), 5)
    for symbol in CENTS:
        market.quote(market.instrument(symbol), None, None)
    yield market
    market.close()


@pytest.fixture
def watching(migrated_copy: str) -> Iterator[Market]:
    """A connection of its own, for whoever looks while the books are read."""
    market = Market(migrated_copy)
    yield market
    market.close()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def doors_of(person: Person, urls: list[str], stack: AsyncExitStack) -> list[httpx.AsyncClient]:
    """Give somebody a way into each of the service's processes."""
    headers = {"Authorization": f"Bearer {person.token}"}
    return [
        await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, timeout=120, headers=headers, limits=ONCE)
        )
        for url in urls
    ]


@pytest.fixture
async def traders(urls: list[str], market: Market, stack: AsyncExitStack) -> list[Trader]:
    """Clients with connections of their own, several of each account."""
    owners = [market.person() for _ in range(ACCOUNTS)]
    found: list[Trader] = []
    for number in range(CLIENTS):
        doors = await doors_of(owners[number % ACCOUNTS], urls, stack)
        if number < ACCOUNTS:
            answer = await doors[0].post("/v2/accounts", json={"opening_cash": f"{5000 * (number + 1)}"})
            account = UUID(answer.json()["id"])
        else:
            account = found[number % ACCOUNTS].account
        for door in doors:
            door.headers["X-Account-Id"] = str(account)
        found.append(Trader(account, doors, random.Random(number)))  # noqa: S311  dice
    return found


@pytest.fixture
async def feed(urls: list[str], market: Market, stack: AsyncExitStack) -> httpx.AsyncClient:
    return (await doors_of(market.person("service"), urls, stack))[0]


async def move(feed: httpx.AsyncClient, dice: random.Random, done: asyncio.Event) -> None:
    """Let the quotes move until it is done."""
    for second in itertools.count(1):
        if done.is_set():
            return
        symbol = dice.choice(list(CENTS))
        bid, size = CENTS[symbol] + dice.randint(-40, 40), dice.randint(1, 150)
        quote = {
            "symbol": symbol,
            "timestamp": (MONDAY + timedelta(seconds=second)).isoformat(),
            "bid_size": size,
        }
        quote |= {
            "bid_price": str(Decimal(bid) / 100),
            "ask_price": str(Decimal(bid + 3) / 100),
            "ask_size": size,
        }
        answer = await feed.post(
            "/v2/market-data/quotes", json={"quotes": [quote | {"last_price": quote["bid_price"]}]}
        )
        assert answer.status_code in {200, LATER}, answer.text
        await asyncio.sleep(PAUSE)


async def kill(market: Market, crew: Crew, accounts: list[UUID], done: asyncio.Event) -> None:
    """Kill a worker whenever something was filled, and look at what it left behind."""
    while not done.is_set():
        await more_filled(market, done)
        await crew.replace_one()
        assert await asyncio.to_thread(violations, market.connection, accounts) == []


async def more_filled(market: Market, done: asyncio.Event) -> None:
    before = market.value(FILLS)
    for _ in range(PATIENCE):
        if done.is_set() or market.value(FILLS) > before:
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("nothing is filled any more")


async def test_many_clients_trade_while_quotes_move_and_workers_die(
    market: Market, watching: Market, migrated_copy: str, traders: list[Trader], feed: httpx.AsyncClient
) -> None:
    accounts = sorted({trader.account for trader in traders})
    done = asyncio.Event()
    async with crew(migrated_copy, 2) as workers:
        moving = asyncio.create_task(move(feed, random.Random(5), done))  # noqa: S311  dice
        killing = asyncio.create_task(kill(market, workers, accounts, done))

        def enough() -> bool:
            return killing.done() or (workers.killed >= KILLS and watching.value(FILLS) > CLIENTS)

        await asyncio.gather(*(trader.trade(enough) for trader in traders))
        done.set()
        await asyncio.gather(moving, killing)
        await idle(market)
    assert violations(market.connection, accounts) == []
    for trader in traders:
        await trader.ask("DELETE", "/orders")
        account = (await trader.ask("GET", "/account")).json()
        assert account["cash"] == account["buying_power"]

    assert violations(market.connection, accounts) == []
    orders = {str(row["id"]): row["account_id"] for row in market.rows("SELECT * FROM trading.orders")}
    told = {order: trader.account for trader in traders for order in trader.acknowledged}
    assert told.items() <= orders.items()
    assert market.value(FILLS) > CLIENTS
    assert workers.killed >= KILLS
    assert {200, 204, 403, 422} <= set().union(*(trader.seen for trader in traders))
