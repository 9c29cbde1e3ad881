"""The feed: prices that wander, posted as the service role."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from soak.trading.api import Unanswered
from soak.trading.wanted import tick

if TYPE_CHECKING:
    import random

    from soak.trading.api import Api
    from soak.trading.course import Course
    from soak.violations import Findings

PRICES = {"ACME": "100.00", "BOLT": "37.50", "CRUX": "8.20", "DUST": "0.4200"}
"""Symbols, and about what they are worth; one is traded in hundredths of a cent."""

_EVERY = 0.1  # seconds
_FARTHEST = Decimal("0.06")  # of what a symbol is worth
_STEP = 12  # thousandths
_PLENTY = "100000000"


class Market:
    """Quotes of every symbol.

    Args:
        api: the service's, for the feed.
        findings: what is noted.
        chance: decides.
    """

    def __init__(self, api: Api, findings: Findings, chance: random.Random) -> None:
        self._api = api
        self._findings = findings
        self._chance = chance
        self.symbols = tuple(PRICES)
        self.prices = {symbol: Decimal(price) for symbol, price in PRICES.items()}
        self.taken: Counter[str] = Counter()

    async def move(self, course: Course) -> None:
        """Let prices wander until it is over.

        Args:
            course: the run's.
        """
        with suppress(Unanswered):  # which is noted
            while not course.over:
                await self.quote()
                await asyncio.sleep(_EVERY)

    async def quote(self) -> None:
        """Post the next quote of every symbol."""
        await self._post([self._next(symbol) for symbol in self.symbols])

    async def settle(self) -> None:
        """Offer and want so much that whoever asks no price is filled."""
        sizes = {"bid_size": _PLENTY, "ask_size": _PLENTY}
        await self._post([self._at(symbol) | sizes for symbol in self.symbols])

    def _next(self, symbol: str) -> dict[str, Any]:
        worth = Decimal(PRICES[symbol])
        price = self.prices[symbol] * (1000 + self._chance.randint(-_STEP, _STEP)) / 1000
        farthest = worth * _FARTHEST
        price = min(max(price, worth - farthest), worth + farthest).quantize(tick(worth))
        self.prices[symbol] = price
        quote = self._at(symbol) | {
            "bid_size": str(self._chance.randint(1, 300)),
            "ask_size": str(self._chance.randint(1, 300)),
        }
        absent = self._chance.random()
        if absent < 0.05:  # noqa: PLR2004  # nobody wants any
            return quote | {"bid_price": None, "bid_size": None}
        if absent < 0.1:  # noqa: PLR2004  # nobody has any
            return quote | {"ask_price": None, "ask_size": None}
        return quote

    def _at(self, symbol: str) -> dict[str, Any]:
        price = self.prices[symbol]
        return {
            "symbol": symbol,
            "timestamp": datetime.now(UTC).isoformat(),
            "bid_price": str(price - tick(price)),
            "ask_price": str(price + tick(price)),
            "last_price": str(price),
            "last_size": "1",
        }

    async def _post(self, quotes: list[dict[str, Any]]) -> None:
        body = {"quotes": quotes}
        answer, sent = await self._api.insist("POST", "/v2/market-data/quotes", {"200"}, body)
        took = answer.json()
        self.taken.update(took)
        # what was sent again may be known; nothing is older than what is known, for there is one feed
        new = took.get("accepted") == len(quotes) or (sent > 1 and took.get("duplicates") == len(quotes))
        self._findings.must(f"of {len(quotes)} quotes sent {sent} times: {took}", hold=new)
