"""What the columns of a recording mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from trading_app.market_data.updates import (
    Trade,
    Update,
    checked_book,
    checked_moment,
    checked_price,
    checked_size,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_QUOTES = ("timestamp", "bid_price", "bid_size", "ask_price", "ask_size")
_LAST = ("last_price", "last_size")
_BARS = ("timestamp", "open", "high", "low", "close", "volume")
# What files downloaded from Alpaca hold besides, and nothing here depends on.
_IGNORED = {"ask_exchange", "bid_exchange", "conditions", "tape", "trade_count", "vwap"}
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./-]{0,31}", re.ASCII)
_FOURTH = Decimal("0.000000001")


def columns_of(header: Sequence[str], *, symbol: str | None, bar_seconds: float) -> QuoteColumns | BarColumns:
    """Raises ValueError with what is wrong with the names."""
    names = [name.strip().lower() for name in header]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names a column twice: {', '.join(doubled)}")
    wanted, optional = (_BARS, ()) if "open" in names else (_QUOTES, _LAST)
    if symbol is None:
        wanted = ("symbol", *wanted)
    elif "symbol" in names:
        raise ValueError("has a column symbol, so --symbol says too much")
    if missing := [name for name in wanted if name not in names]:
        raise ValueError(f"lacks {', '.join(missing)}; quotes have {_named(_QUOTES)}; bars {_named(_BARS)}")
    if unknown := [name for name in names if name not in {*wanted, *optional, *_IGNORED}]:
        raise ValueError(f"names columns that mean nothing here: {', '.join(unknown)}")
    line = Line({name: index for index, name in enumerate(names)}, len(names), symbol)
    return BarColumns(line, timedelta(seconds=bar_seconds)) if "open" in names else QuoteColumns(line)


@dataclass(frozen=True)
class Line:
    """Finds the values of a line; each error names its column."""

    places: dict[str, int]
    width: int
    fixed_symbol: str | None

    def values(self, fields: Sequence[str]) -> Values:
        if len(fields) != self.width:
            raise ValueError(f"has {len(fields)} values under {self.width} columns")
        return Values(self, fields)


@dataclass(frozen=True)
class Values:
    line: Line
    fields: Sequence[str]

    def text(self, column: str) -> str:
        place = self.line.places.get(column)
        return "" if place is None else self.fields[place].strip()

    def symbol(self) -> str:
        symbol = self.line.fixed_symbol or self.text("symbol")
        if not _SYMBOL.fullmatch(symbol):
            raise ValueError(f"symbol: {symbol[:40]!r} is none")
        return symbol

    def moment(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text("timestamp"))
        except ValueError:
            raise ValueError("timestamp: must be a time such as 2026-11-20T14:30:00.123456Z") from None
        try:
            return checked_moment(moment)
        except ValueError as error:
            raise ValueError(f"timestamp: {error}") from None

    def number(self, column: str, checked: Callable[[Decimal], Decimal]) -> Decimal | None:
        """None where nothing is written."""
        text = self.text(column)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{column}: {text[:40]!r} is no number written as 123.45")
        try:
            return checked(Decimal(text))
        except ValueError as error:
            raise ValueError(f"{column}: {error}") from None

    def needed(self, column: str, checked: Callable[[Decimal], Decimal]) -> Decimal:
        number = self.number(column, checked)
        if number is None:
            raise ValueError(f"{column}: is missing")
        return number


@dataclass(frozen=True)
class QuoteColumns:
    """A line is a quote, perhaps with the last trade. Nobody on a side: an empty price, or 0 as feeds write it."""

    line: Line

    def updates(self, fields: Sequence[str]) -> list[Update]:
        values = self.line.values(fields)
        moment = values.moment()
        book = checked_book(*self._side(values, "bid"), *self._side(values, "ask"))
        price = values.number("last_price", checked_price)
        trade = None if price is None else Trade(price, values.number("last_size", checked_size), moment)
        return [Update(values.symbol(), moment, book, trade)]

    @staticmethod
    def _side(values: Values, side: str) -> tuple[Decimal | None, Decimal | None]:
        price = values.number(f"{side}_price", _price_or_zero)
        size = values.number(f"{side}_size", checked_size)
        return (price, size) if price else (None, None)


@dataclass(frozen=True)
class BarColumns:
    """A line is a bar: trades at its open, its two extremes and its close, a quarter of its time and volume each.

    The low comes before the high in a bar that rises, after it in one that falls. Each price is bid and asked
    for that quarter of the volume: a bar tells of no spread.
    """

    line: Line
    lasts: timedelta

    def updates(self, fields: Sequence[str]) -> list[Update]:
        values = self.line.values(fields)
        symbol, start = values.symbol(), values.moment()
        opened, high, low, close = (
            values.needed(name, checked_price) for name in ("open", "high", "low", "close")
        )
        if not low <= min(opened, close) <= max(opened, close) <= high:
            raise ValueError("low, open, high and close contradict each other")
        size = (values.needed("volume", checked_size) / 4).quantize(_FOURTH)
        path = (opened, low, high, close) if close >= opened else (opened, high, low, close)
        moments = [start + self.lasts * quarter / 4 for quarter in range(4)]
        return [
            Update(symbol, moment, checked_book(price, size, price, size), Trade(price, size, moment))
            for moment, price in zip(moments, path, strict=True)
        ]


def _price_or_zero(value: Decimal) -> Decimal:
    return checked_price(value) if value else value


def _named(names: Sequence[str]) -> str:
    return ", ".join(("symbol", *names))
