"""The market's data as a service of its own brings it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
from traders import PASSWORD, Person, new_address

if TYPE_CHECKING:
    from stacks import Stack

AFTER_THE_OPENING = timedelta(minutes=30)


class Feed:
    """A feed that an operator has let in.

    Args:
        stack: where.
        sets_time: whether the venue's time stands at the latest quote, so that a quote opens the exchange.
    """

    def __init__(self, stack: Stack, *, sets_time: bool) -> None:
        email = new_address("feed")
        stack.platform("create-service", email, stdin=f"{PASSWORD}\n")
        self.person = Person(stack, email).sign_in()
        self._sets_time = sets_time
        self._symbols: list[str] = [asset["symbol"] for asset in self.person.trading.get("/assets").json()]
        random.shuffle(self._symbols)

    def new_symbol(self) -> str:
        """A symbol that nobody else trades here."""
        return self._symbols.pop()

    def quote(self, symbol: str, bid: str = "99.90", ask: str = "100.00", size: int = 1000) -> None:
        moment = self._moment()
        quote = {
            "symbol": symbol,
            "timestamp": moment.isoformat(),
            "bid_price": bid,
            "bid_size": size,
            "ask_price": ask,
            "ask_size": size,
        }
        answer = self.person.trading.post("/market-data/quotes", json={"quotes": [quote]})
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.json()["accepted"] == 1, answer.text

    def _moment(self) -> datetime:
        if not self._sets_time:
            return datetime.now(UTC)
        clock = self.person.trading.get("/clock").json()
        if clock["is_open"]:
            return datetime.fromisoformat(clock["timestamp"]) + timedelta(seconds=1)
        return datetime.fromisoformat(clock["next_open"]) + AFTER_THE_OPENING
