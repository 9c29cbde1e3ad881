"""A trader with Alpaca's own client, and the market that the trader meets."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from alpaca_sdk import (
    GetOrderByIdRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    Order,
    OrderSide,
    OrderStatus,
    TimeInForce,
    TradingClient,
)
from traders import Person

if TYPE_CHECKING:
    from datetime import date

    from stacks import Stack

_PAUSE, _PATIENCE = 0.02, 9000
_EXCHANGE = ZoneInfo("America/New_York")


class Desk:
    """One trader on one day of the market: ten o'clock in New York, an instrument and $100,000.

    Args:
        stack: where both services are.
        feed: who brings market data.
        day: no other desk's; the market's time never goes back.
        symbol: no other desk's.
    """

    def __init__(self, stack: Stack, feed: Person, day: date, symbol: str) -> None:
        self.symbol, self.trading_url = symbol, stack.trading_url
        self.now = datetime(day.year, day.month, day.day, 10, tzinfo=_EXCHANGE).astimezone(UTC)
        self._feed = feed
        self.quote()
        self._person = Person(stack).sign_up()
        self._person.open_account()
        self.http = self._person.trading
        # its methods may give raw data, if one asks for that
        self.client: Any = TradingClient(oauth_token=self._person.token, url_override=stack.trading_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._person.__exit__()

    def quote(
        self,
        bid: str = "99.90",
        ask: str = "100.00",
        *,
        size: int = 1000,
        last: str = "99.95",
        symbol: str | None = None,
    ) -> None:
        """Let a second pass and send a quote over HTTP, as a feed does."""
        self.now += timedelta(seconds=1)
        quote = {
            "symbol": symbol or self.symbol,
            "timestamp": self.now.isoformat(),
            "bid_price": bid,
            "bid_size": size,
            "ask_price": ask,
            "ask_size": size,
            "last_price": last,
        }
        answer = self._feed.trading.post("/market-data/quotes", json={"quotes": [quote]})
        assert answer.json() == {"accepted": 1, "duplicates": 0, "outdated": 0}, answer.text

    def submit(self, request: Any) -> Order:  # noqa: ANN401  any of Alpaca's requests
        order = self.client.submit_order(request)
        assert isinstance(order, Order)
        return order

    def get(self, order: Order) -> Order:
        found = self.client.get_order_by_id(order.id, GetOrderByIdRequest(nested=True))
        assert isinstance(found, Order)
        return found

    def until(self, order: Order, status: OrderStatus) -> Order:
        """Wait until a worker has brought an order to a status."""
        for _ in range(_PATIENCE):
            found = self.get(order)
            if found.status is status:
                return found
            time.sleep(_PAUSE)
        raise AssertionError(found)

    def market(self, side: OrderSide = OrderSide.BUY, **values: Any) -> MarketOrderRequest:  # noqa: ANN401
        given = {"symbol": self.symbol, "time_in_force": TimeInForce.DAY} | values
        return MarketOrderRequest(side=side, **given)

    def limit(self, price: float, side: OrderSide = OrderSide.BUY, **values: Any) -> LimitOrderRequest:  # noqa: ANN401
        given = {"symbol": self.symbol, "qty": 10, "time_in_force": TimeInForce.DAY} | values
        return LimitOrderRequest(side=side, limit_price=price, **given)

    def buy(self, qty: float, symbol: str | None = None) -> Order:
        order = self.submit(self.market(qty=qty, symbol=symbol or self.symbol))
        return self.until(order, OrderStatus.FILLED)
