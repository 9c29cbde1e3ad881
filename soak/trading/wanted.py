"""Orders at random: every type, side and time in force that the venue takes, and some that it must refuse."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

WRONG = 0.03
"""The share of orders that no account could place."""

WHOLE = ("day", "gtc", "ioc", "fok")
_FAR = 40  # thousandths of the price that limits and stops are away from it


def tick(price: Decimal) -> Decimal:
    """Give a price's tick: from 1 up two decimals, below four."""
    return Decimal("0.01") if price >= 1 else Decimal("0.0001")


def near(price: Decimal, chance: random.Random) -> Decimal:
    """Give a price on the tick, a little above or below another.

    Args:
        price: the other.
        chance: decides.
    """
    found = price * (1000 + chance.randint(-_FAR, _FAR)) / 1000
    found = found.quantize(tick(found))
    return found.quantize(tick(found))  # 0.99999 became 1.0000, which has two decimals


def order(symbol: str, price: Decimal, chance: random.Random) -> dict[str, Any]:
    """Make up an order that is valid in itself.

    Args:
        symbol: of what.
        price: what it was last worth.
        chance: decides.
    """
    kind = chance.choice(("market", "market", "limit", "limit", "limit", "stop", "stop_limit"))
    wanted: dict[str, Any] = {
        "symbol": symbol,
        "side": chance.choice(("buy", "buy", "sell")),
        "type": kind,
        "time_in_force": chance.choice(WHOLE),
        "qty": str(chance.randint(1, 60)),
    }
    if kind in {"limit", "stop_limit"}:
        wanted["limit_price"] = str(near(price, chance))
    if kind in {"stop", "stop_limit"}:
        wanted["stop_price"] = str(near(price, chance))
    parts = chance.random()
    if parts < 0.15:  # noqa: PLR2004  # a part of a share
        wanted |= {"qty": str(Decimal(chance.randint(1, 10**10)).scaleb(-9)), "time_in_force": "day"}
    elif parts < 0.3 and kind == "market":  # noqa: PLR2004  # for so much money
        del wanted["qty"]
        wanted |= {"notional": str(Decimal(chance.randint(100, 300_000)) / 100), "time_in_force": "day"}
    return wanted


def wrong(wanted: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Spoil an order so that it must be refused with 422.

    Args:
        wanted: a valid one.
        chance: decides how.
    """
    return wanted | chance.choice(
        (
            {"type": "trailing_stop", "trail_percent": "1"},
            {"time_in_force": "opg"},
            {"type": "limit", "limit_price": "100.001"},
            {"qty": "-1"},
            {"symbol": "NOBODY"},
            {"order_class": "bracket"},
        )
    )
