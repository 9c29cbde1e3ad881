"""What the service acknowledged, and must keep to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

RECENT = 200
"""So many orders of an account are remembered to be canceled or replaced."""


_WORKING = frozenset({"accepted", "new", "partially_filled"})
_WORDS = ("symbol", "side", "type", "time_in_force")
_NUMBERS = ("qty", "notional", "limit_price", "stop_price")
_LIMIT = len(_WORDS) + _NUMBERS.index("limit_price")


@dataclass(frozen=True)
class Order:
    """An order as the service said that it has it.

    Args:
        account_id: whose.
        name: its client_order_id.
        terms: what was ordered: symbol, side, type, time in force, qty, notional, limit and stop price.
    """

    account_id: str
    name: str
    terms: tuple[str | Decimal | None, ...]

    @property
    def limit_price(self) -> Decimal | None:
        """Its limit, where it has one."""
        price = self.terms[_LIMIT]
        return price if isinstance(price, Decimal) else None


@dataclass
class Account:
    """An account that some clients trade for, and what they know of it together.

    Args:
        id: the service's.
        recent: orders that were placed lately, by any of them.
        resting: those of them that may still be open.
    """

    id: str
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))
    resting: dict[str, None] = field(default_factory=dict)

    def placed(self, order_id: str, *, rests: bool) -> None:
        """Remember an order; so many that rest, and then forget the first.

        Args:
            order_id: the service's.
            rests: whether it may be open for a while.
        """
        self.recent.append(order_id)
        if rests:
            self.resting[order_id] = None
        if len(self.resting) > RECENT:
            del self.resting[next(iter(self.resting))]

    def ended(self, order_id: str) -> None:
        """Forget that an order may be open."""
        self.resting.pop(order_id, None)


@dataclass
class Memory:
    """Everything that was acknowledged.

    Args:
        orders: by id.
        canceled: the ids of orders whose cancelation was acknowledged.
        unsure: how many orders may be there of which nobody knows: the answer got lost, and it was not asked again.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)
    unsure: int = 0

    def keep(self, account: Account, answer: dict[str, Any]) -> str | None:
        """Keep an order that was acknowledged.

        Args:
            account: whose.
            answer: the service's, with Alpaca's fields.

        Returns:
            What speaks against it, or None.
        """
        order = Order(account.id, answer["client_order_id"], terms(answer))
        known = self.orders.setdefault(answer["id"], order)
        rests = answer["status"] in _WORKING and answer["time_in_force"] in {"day", "gtc"}
        account.placed(answer["id"], rests=rests)
        return None if known == order else f"order {answer['id']} was {known}, and is {order}"


def terms(row: dict[str, Any]) -> tuple[str | Decimal | None, ...]:
    """Give what of an order never changes.

    Args:
        row: Alpaca's fields, from an answer or from the table.
    """
    numbers = [row[name] for name in _NUMBERS]
    return (
        *(row[name] for name in _WORDS),
        *(None if number is None else Decimal(number) for number in numbers),
    )
