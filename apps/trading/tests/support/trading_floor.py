"""An exchange with its real calendar, where orders and quotes are written as traders say them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trading_app.market_data.service import instruments_of, take_in
from trading_app.market_data.updates import Trade, Update, checked_book
from trading_app.venue.clock import MarketClock
from trading_app.venue.matching import match
from trading_app.venue.model import model_of

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage

NEW_YORK = ZoneInfo("America/New_York")
_PRICES = {"limit": ["limit_price"], "stop": ["stop_price"], "stop_limit": ["stop_price", "limit_price"]}
_SIDE = r"(?:(\S+) x (\d+)|nobody)"
_QUOTE = re.compile(rf"{_SIDE} / {_SIDE}(?:, last (\S+))?")


def new_york(text: str) -> datetime:
    """Read a time of the exchange's clock: `2026-11-27 09:30`, with seconds or without."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@dataclass(frozen=True)
class Quote:
    """Bid, ask and the last trade: `99.90 x 500 / 100.00 x 500, last 99.95`; `nobody` where nobody is."""

    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    last: Decimal | None

    @classmethod
    def read(cls, text: str) -> Quote:
        found = _QUOTE.fullmatch(text)
        assert found, text
        return cls(*(None if number is None else Decimal(number) for number in found.groups()))


PLENTY = Quote.read("99.90 x 5000 / 100.00 x 5000, last 99.95")


@dataclass(frozen=True)
class Floor:
    """Where one account trades.

    Args:
        brokerage: the service and its market.
        client: the account's.
    """

    brokerage: Brokerage
    client: httpx.AsyncClient

    async def quote(self, quote: Quote, at: datetime, *symbols: str) -> None:
        """Take a quote in, as the feed's endpoint and a replay do."""
        book = checked_book(quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        trade = None if quote.last is None else Trade(quote.last, Decimal(100), at)
        updates = [Update(symbol, at, book, trade) for symbol in symbols]
        async with self.brokerage.database.begin() as connection:
            taken = await take_in(connection, updates, await instruments_of(connection, updates))
        assert taken.accepted == len(symbols)

    async def answer(self, order: str, symbol: str, time_in_force: str, **more: object) -> httpx.Response:
        """Place an order such as `buy 10 limit 99.50` or `sell $100 market`."""
        side, qty, kind, *prices = order.split()
        values: dict[str, object] = {"symbol": symbol, "side": side, "type": kind}
        values |= {"notional": qty[1:]} if qty.startswith("$") else {"qty": qty}
        values |= dict(zip(_PRICES.get(kind, []), prices, strict=True)) if kind != "trailing_stop" else {}
        values |= {"time_in_force": time_in_force} | more
        return await self.client.post("/v2/orders", json=values)

    async def place(self, order: str, symbol: str, time_in_force: str = "day", **more: object) -> str:
        answer = await self.answer(order, symbol, time_in_force, **more)
        assert answer.status_code == 200, answer.text
        found: str = answer.json()["id"]
        return found

    async def match(self, *instruments: UUID) -> None:
        settings = self.brokerage.app.state.service.settings
        for instrument in instruments:
            await match(self.brokerage.database, MarketClock(), model_of(settings), instrument)

    async def order(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"/v2/orders/{order_id}")).json()
        return found

    async def outcome(self, order_id: str) -> str:
        """What became of an order, in the words of docs/fill-rules.md."""
        order = await self.order(order_id)
        status: str = {"new": "rests", "accepted": "waits", "partially_filled": "rests"}.get(
            order["status"], order["status"]
        )
        fills = f"{order['filled_qty']} at {order['filled_avg_price']}"
        if order["filled_qty"] == "0":
            return status
        return f"filled {fills}" if status == "filled" else f"{fills}, rest {status}"

    async def sound(self) -> bool:
        """Whether books and audit chain hold."""
        books = (await self.client.get("/v2/account/reconciliation")).json()
        chain = (await self.client.get("/v2/account/audit/verification")).json()
        assert books["differences"] == []
        holds: bool = books["matches"] and chain["holds"]
        return holds
