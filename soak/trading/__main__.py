"""The run: clients, a feed and deaths; at the end the books are held against all that was acknowledged."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from soak.deaths import deaths
from soak.trading.api import Api, the_id
from soak.trading.course import Course
from soak.trading.market import Market
from soak.trading.memory import Account, Memory
from soak.trading.stage import Killer, Stage
from soak.trading.traders import Run, Trader
from soak.trading.witness import Witness
from soak.violations import Findings

TOGETHER = 3
"""So many clients trade for one account."""

OPENING_CASH = "30000.00"
SHOWN = 100


@dataclass(frozen=True)
class Options:
    """What a run is to be."""

    orders: int
    minutes: float
    clients: int
    seed: int


class Soak:
    """One run.

    Args:
        stage: the processes.
        options: how much of it.
    """

    def __init__(self, stage: Stage, options: Options) -> None:
        self._stage = stage
        self._options = options
        self._findings = Findings()
        self._chance = random.Random(options.seed)  # noqa: S311  # repeats a run
        self._market = Market(self._api(stage.person("service").token), self._findings, self._dice())
        self._killer = Killer(stage, self._dice())
        self._course = Course(options.orders, len(self._killer.ways))
        self._memory = Memory()
        self._witness = Witness(stage.processes.url, self._findings)

    async def run(self) -> dict[str, Any]:
        """Trade until it is over, look at everything, and tell."""
        await self._stage.ready()
        await self._market.quote()
        traders = await self._traders()
        began = time.monotonic()
        self._course.until = began + 60 * self._options.minutes
        dying = asyncio.create_task(self._deaths())
        await asyncio.gather(
            dying,
            self._market.move(self._course),
            self._witness.watch(self._course),
            *(trader.trade() for trader in traders),
        )
        seconds = time.monotonic() - began
        await self._stage.ready()
        await self._settle(traders)
        return self._told(dying.result(), seconds)

    async def _deaths(self) -> Counter[str]:
        dice = self._dice()

        async def counted(what: str) -> None:
            await self._killer.ways[what]()
            self._course.deaths += 1

        ways = {what: partial(counted, what) for what in self._killer.ways}
        return await deaths(ways, dice, lambda: self._course.moment(dice), lambda: self._course.over)

    async def _traders(self) -> list[Trader]:
        """Open an account for every few clients; its owner makes the others members of it."""
        run = Run(self._course, self._market, self._memory, self._findings)
        traders = []
        account, owner = Account(""), self._api("")
        for number in range(self._options.clients):
            person = self._stage.person()
            api = self._api(person.token)
            if number % TOGETHER == 0:
                owner, body = api, {"opening_cash": OPENING_CASH}
                answer, _ = await api.insist("POST", "/v2/accounts", {"201"}, body)
                account = Account(the_id(answer))
            else:
                member = f"/v2/account/members/{person.id}"
                await owner.insist("PUT", member, {"200"}, {"role": "TRADER"})
            api.of_account(account.id)
            traders.append(Trader(number, api, account, run, self._dice()))
        return traders

    async def _settle(self, traders: list[Trader]) -> None:
        await self._market.settle()
        await self._witness.quiet()
        await asyncio.to_thread(self._witness.judge, self._memory)
        for trader in traders:
            await trader.clear()
            trader.close()
        await asyncio.to_thread(self._witness.nothing_promised)
        verified = await asyncio.to_thread(self._stage.processes.run, "trading_app.cli", "verify")
        self._findings.must(f"trading verify: {verified.stdout[-2000:]}", hold=verified.returncode == 0)

    def _told(self, done: Counter[str], seconds: float) -> dict[str, Any]:
        placed = self._findings.acknowledged["placed"]
        return {
            "seed": self._options.seed,
            "clients": self._options.clients,
            "orders": placed,
            "seconds": round(seconds, 1),
            "orders per second": round(placed / seconds, 1),
            "deaths": dict(done),
            "answers": dict(sorted(self._findings.answers.items())),
            "acknowledged": dict(self._findings.acknowledged),
            "quotes": dict(self._market.taken),
            "fills": self._witness.value("SELECT count(*) FROM trading.executions"),
            "orders filled, in part or in full": self._witness.value(
                "SELECT count(*) FROM trading.orders WHERE filled_qty > 0"
            ),
            "looks at promises meanwhile": self._witness.looks,
            "violations": self._findings.violations,
        }

    def _api(self, token: str) -> Api:
        return Api(self._stage.drains, token, self._findings, self._dice())

    def _dice(self) -> random.Random:
        return random.Random(self._chance.random())  # noqa: S311  # as above


def soak(options: Options, folder: Path) -> dict[str, Any]:
    """Run it.

    Args:
        options: how much of it.
        folder: for data and logs.

    Returns:
        What was done and found.
    """
    stage = Stage(folder)
    try:
        outcome = uvloop.run(Soak(stage, options).run())
    finally:
        stage.processes.close()
    violations = [*outcome["violations"], *stage.processes.strange]
    return outcome | {"violations": violations[:SHOWN], "violations in all": len(violations)}


def main() -> int:
    """Run, say what came of it as JSON, and fail if anything happened that must not."""
    parser = argparse.ArgumentParser(prog="nox -s soak -- trading")
    parser.add_argument("--orders", type=int, default=100_000, help="how many to place; default 100000")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end then, whatever is placed")
    parser.add_argument("--clients", type=int, default=32, help="how many at once; default 32")
    parser.add_argument("--seed", type=int, default=None, help="repeat the choices of a run")
    parser.add_argument("--logs", type=Path, default=None, help="a folder to keep the processes' logs in")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        Path(folder).chmod(0o755)  # Postgres runs as another user where we are root
        outcome = soak(Options(given.orders, given.minutes, given.clients, seed), Path(folder))
        if given.logs is not None:
            shutil.copytree(folder, given.logs, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)
    sys.stdout.write(json.dumps(outcome, indent=2) + "\n")
    return 1 if outcome["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
