"""What market data may say, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

_LARGEST = Decimal(1_000_000_000)
_DECIMALS_OF_PRICES = 8
_DECIMALS_OF_SIZES = 9
FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Book:
    """The best bid and offer with their displayed sizes; no price: nobody on that side."""

    bid_price: Decimal | None
    bid_size: Decimal
    ask_price: Decimal | None
    ask_size: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    price: Decimal
    size: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """One message: the book, a trade, or both. What it does not speak of stays as it was."""

    symbol: str
    at: datetime
    book: Book | None
    trade: Trade | None


def checked_price(value: Decimal) -> Decimal:
    """Raises ValueError unless the database keeps it exactly."""
    if not 0 < value < _LARGEST:
        raise ValueError("must be above 0 and below 1e9")
    return _short(value, _DECIMALS_OF_PRICES)


def checked_size(value: Decimal) -> Decimal:
    """As checked_price; nothing at all is a size too."""
    if not 0 <= value < _LARGEST:
        raise ValueError("must be 0 or more and below 1e9")
    return _short(value, _DECIMALS_OF_SIZES)


def checked_moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must say its time zone, such as 2026-11-20T09:30:00-05:00")
    if not FIRST <= value < LAST:
        raise ValueError("must be after 1970 and before 2200")
    return value


def checked_book(
    bid_price: Decimal | None, bid_size: Decimal | None, ask_price: Decimal | None, ask_size: Decimal | None
) -> Book:
    if bid_price is not None and ask_price is not None and bid_price > ask_price:
        raise ValueError("bid_price must not be above ask_price: the quote is crossed")
    return Book(bid_price, _side("bid", bid_price, bid_size), ask_price, _side("ask", ask_price, ask_size))


def _side(side: str, price: Decimal | None, size: Decimal | None) -> Decimal:
    if price is None and size:
        raise ValueError(f"{side}_size needs {side}_price")
    if price is not None and size is None:
        raise ValueError(f"{side}_price needs {side}_size")
    return size or Decimal(0)


def _short(value: Decimal, decimals: int) -> Decimal:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -decimals:
        raise ValueError(f"must have no more than {decimals} decimals")
    return value
