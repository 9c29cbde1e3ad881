from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from trading_app.market_data.updates import (
    Book,
    Trade,
    Update,
    checked_book,
    checked_moment,
    checked_price,
    checked_size,
)
from trading_app.wire import DecimalIn, In, Out

BATCH = 1_000
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def _rfc_3339(value: object) -> object:
    if not isinstance(value, datetime) and not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise ValueError("must be a time such as 2026-11-20T14:30:00.123456Z")
    return value


Symbol = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9./-]{0,31}$")]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc_3339),
    AfterValidator(checked_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Price = Annotated[DecimalIn, AfterValidator(checked_price)]
Size = Annotated[DecimalIn, AfterValidator(checked_size)]


class QuoteIn(In):
    """A quote, a trade, or both at one moment. A quote states both sides; a price of null: nobody is there."""

    symbol: Symbol
    timestamp: Moment
    bid_price: Price | None = None
    bid_size: Size | None = None
    ask_price: Price | None = None
    ask_size: Size | None = None
    last_price: Price | None = None
    last_size: Size | None = None

    @model_validator(mode="after")
    def _says_something_whole(self) -> Self:
        stated = {"bid_price", "ask_price"} & self.model_fields_set
        if len(stated) == 1:
            raise ValueError("a quote states bid_price and ask_price; null means that nobody is there")
        if not stated and self.last_price is None:
            raise ValueError("needs bid_price and ask_price, or last_price")
        if self.last_price is None and self.last_size is not None:
            raise ValueError("last_size needs last_price")
        checked_book(self.bid_price, self.bid_size, self.ask_price, self.ask_size)
        return self

    def update(self) -> Update:
        return Update(self.symbol, self.timestamp, self._book(), self._trade())

    def _book(self) -> Book | None:
        if "bid_price" not in self.model_fields_set:
            return None
        return checked_book(self.bid_price, self.bid_size, self.ask_price, self.ask_size)

    def _trade(self) -> Trade | None:
        return None if self.last_price is None else Trade(self.last_price, self.last_size, self.timestamp)


class QuotesIn(In):
    quotes: Annotated[list[QuoteIn], Field(min_length=1, max_length=BATCH)]


class TakenOut(Out):
    """What became of a batch; the three add up to its length."""

    accepted: int
    duplicates: int
    outdated: int
