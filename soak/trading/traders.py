"""Clients that trade at random, remember what was acknowledged, and hold the service to it as they go."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from soak.trading.api import Api, Unanswered, the_id
from soak.trading.wanted import WRONG, near, order, wrong

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from soak.trading.course import Course
    from soak.trading.market import Market
    from soak.trading.memory import Account, Memory
    from soak.violations import Findings
    from soak.wire import Answer

OK, NO_CONTENT, SEVERAL, CONFLICT = 200, 204, 207, 409

FINAL = "422 order_final"

POOR = frozenset({"403 insufficient_buying_power", "403 insufficient_qty", "403 short_not_allowed"})
"""What a valid order may be refused for: there are no limits and no restrictions here."""

SURELY_FINAL = 0.1
"""The share of cancels and replaces that are for whatever order."""

_HOLDING_BACK = 0.01
_OWN = 50  # requests that a client may repeat


@dataclass(frozen=True)
class Sent:
    """A placing that was acknowledged: what was sent, under which key, and which order it became."""

    body: dict[str, Any]
    key: str | None
    answer: Answer


@dataclass(frozen=True)
class Run:
    """What all clients of a run share.

    Args:
        course: how far it has come.
        market: the prices.
        memory: what was acknowledged.
        findings: what is noted.
    """

    course: Course
    market: Market
    memory: Memory
    findings: Findings


class Trader:
    """One client.

    Args:
        number: tells its orders from those of others.
        api: the service.
        account: what it trades for, perhaps together with others.
        run: what all share.
        chance: decides.
    """

    def __init__(self, number: int, api: Api, account: Account, run: Run, chance: random.Random) -> None:
        self._number = number
        self._api = api
        self._account = account
        self._run = run
        self._chance = chance
        self._count = 0
        self._sent: deque[Sent] = deque(maxlen=_OWN)
        places: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self.place, 66),
            (self.cancel, 8),
            (self.replace, 10),
            (self.repeat, 4),
            (self.look, 6),
            (self.close_some, 2),
            (self.cancel_all, 0.3),
            (self.close_all, 0.3),
        ]
        self._ways, self._weights = zip(*places, strict=True)

    async def trade(self) -> None:
        """Do one thing after another until it is over."""
        while not self._run.course.over:
            if self._run.course.full:
                await asyncio.sleep(_HOLDING_BACK)
                continue
            (way,) = self._chance.choices(self._ways, self._weights)
            try:
                await way()
            except Unanswered:
                return

    async def place(self) -> None:
        """Place an order, named by a client_order_id, by an Idempotency-Key, or by both."""
        symbol = self._chance.choice(self._run.market.symbols)
        body = order(symbol, self._run.market.prices[symbol], self._chance)
        spoiled = self._chance.random() < WRONG
        if spoiled:
            body = wrong(body, self._chance)
        name = self._name()
        how = self._chance.randrange(3)
        key = name if how else None
        if how != 1:
            body["client_order_id"] = name
        fine = {"422", *_REFUSED} if spoiled else {"200", *POOR}
        answer, _ = await self._api.insist("POST", "/v2/orders", fine, body, key)
        if answer.status == OK:
            self._run.course.placed += 1
            self._keep("placed", answer)
            self._sent.append(Sent(body, key, answer))

    async def repeat(self) -> None:
        """Send a request again that was acknowledged: the same one is the same order, another one a conflict."""
        if not self._sent:
            return
        sent = self._chance.choice(self._sent)
        other = self._chance.random() < 1 / 3
        body = sent.body | {"qty": "61"} if other and "qty" in sent.body else sent.body
        conflict = body is not sent.body
        answer, _ = await self._api.insist(
            "POST", "/v2/orders", {"409"} if conflict else {"200"}, body, sent.key
        )
        if answer.status == OK and not conflict:
            same = the_id(answer) == the_id(sent.answer) and (
                sent.key is None or answer.body == sent.answer.body
            )
            self._must(f"order {the_id(sent.answer)} was repeated and is {answer.body!r}", hold=same)
            self._run.findings.acknowledged["repeated"] += 1

    async def cancel(self) -> None:
        """Cancel some order of the account."""
        order_id = self._open()
        if order_id is None:
            return
        answer, _ = await self._api.insist("DELETE", f"/v2/orders/{order_id}", {"204", FINAL})
        self._account.ended(order_id)
        if answer.status == NO_CONTENT:
            self._must(f"order {order_id} was canceled twice", hold=order_id not in self._run.memory.canceled)
            self._run.memory.canceled.add(order_id)
            self._run.findings.acknowledged["canceled"] += 1

    async def cancel_all(self) -> None:
        """Cancel all that is open; an answer that got lost says nothing."""
        answer = await self._api.once("DELETE", "/v2/orders", {"207"})
        if answer is not None and answer.status == SEVERAL:
            gone = [each["id"] for each in answer.json() if each["status"] == OK]
            self._run.memory.canceled.update(gone)
            self._account.resting.clear()
            self._run.findings.acknowledged["canceled with all"] += len(gone)

    async def replace(self) -> None:
        """Replace some order; whether a repeated request did it the first time, the new order's name tells."""
        order_id = self._open()
        if order_id is None:
            return
        old = self._run.memory.orders.get(order_id)
        name = self._name()
        body: dict[str, Any] = {"client_order_id": name}
        if self._chance.random() < 2 / 3:
            body["qty"] = str(self._chance.randint(1, 60))
        if old is not None and old.limit_price is not None and self._chance.random() < 2 / 3:
            body["limit_price"] = str(near(old.limit_price, self._chance))
        fine = {"200", "409", FINAL, *_NOT_REPLACED, *POOR}
        answer, sent = await self._api.insist("PATCH", f"/v2/orders/{order_id}", fine, body)
        self._must(f"{name} was taken before it was used", hold=answer.status != CONFLICT or sent > 1)
        if answer.status != OK and sent > 1:
            path = f"/v2/orders:by_client_order_id?client_order_id={name}"
            answer, _ = await self._api.insist("GET", path, {"200", "404"})
        if answer.status == OK or answer.outcome == FINAL:
            self._account.ended(order_id)
        if answer.status == OK:
            self._must(
                f"{answer.body!r} does not replace {order_id}", hold=answer.json()["replaces"] == order_id
            )
            self._keep("replaced", answer)

    async def close_some(self) -> None:
        """Close a position, or a share of it; an answer that got lost says nothing."""
        symbol = self._chance.choice(self._run.market.symbols)
        share = self._chance.choice(("", "?percentage=50", "?percentage=12.5"))
        fine = {"200", "404", "422 qty_not_positive", *POOR}
        answer = await self._api.once("DELETE", f"/v2/positions/{symbol}{share}", fine)
        if answer is None:
            self._run.memory.unsure += 1
        elif answer.status == OK:
            self._keep("position closed", answer)

    async def close_all(self) -> None:
        """Close every position, and perhaps cancel what stands in the way."""
        cancels = self._chance.choice(("", "?cancel_orders=true"))
        answer = await self._api.once("DELETE", f"/v2/positions{cancels}", {"207"})
        if answer is None:
            self._run.memory.unsure += len(self._run.market.symbols)
        elif answer.status == SEVERAL:
            for each in answer.json():
                if each["status"] == OK:
                    self._note("position closed", each["body"])

    async def look(self) -> None:
        """Read what must be there, and what must never be seen."""
        order_id = self._some()
        if order_id is not None:
            answer, _ = await self._api.insist("GET", f"/v2/orders/{order_id}", {"200"})
            if answer.status == OK:
                self._note("", answer.json())
        await self._api.insist("GET", "/v2/orders?status=all&limit=50", {"200"})
        answer, _ = await self._api.insist("GET", "/v2/account", {"200"})
        money = answer.json()
        sums = {name: Decimal(money.get(name, 0)) for name in ("cash", "buying_power")}
        self._must(f"account {self._account.id} owes: {sums}", hold=min(sums.values()) >= 0)
        answer, _ = await self._api.insist("GET", "/v2/positions", {"200"})
        for each in answer.json():
            held = min(Decimal(each["qty"]), Decimal(each["qty_available"]))
            self._must(f"account {self._account.id} is short of {each['symbol']}: {each}", hold=held >= 0)

    async def clear(self) -> None:
        """Cancel all that is left."""
        answer, _ = await self._api.insist("DELETE", "/v2/orders", {"207"})
        self._run.memory.canceled.update(each["id"] for each in answer.json() if each["status"] == OK)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()

    def _keep(self, what: str, answer: Answer) -> None:
        self._note(what, answer.json())

    def _note(self, what: str, body: dict[str, Any]) -> None:
        if what:
            self._run.findings.acknowledged[what] += 1
        objection = self._run.memory.keep(self._account, body)
        self._must(objection or "", hold=objection is None)

    def _some(self) -> str | None:
        return self._chance.choice(self._account.recent) if self._account.recent else None

    def _open(self) -> str | None:
        """Give an order that is perhaps open; now and then any, for what is final must stay so."""
        if self._account.resting and self._chance.random() > SURELY_FINAL:
            return self._chance.choice([*self._account.resting])
        return self._some()

    def _name(self) -> str:
        self._count += 1
        return f"client-{self._number}-order-{self._count}"

    def _must(self, what: str, *, hold: bool) -> None:
        self._run.findings.must(what, hold=hold)


_REFUSED = frozenset(
    f"422 {reason}"
    for reason in (
        "unsupported_type",
        "unsupported_time_in_force",
        "limit_price_off_tick",
        "unexpected_stop_price",
        "limit_price_required",
        "notional_type",
        "qty_not_positive",
        "qty_and_notional",
        "asset_not_found",
        "unsupported_order_class",
        "fractional_time_in_force",
    )
)

_NOT_REPLACED = frozenset(
    f"422 {reason}" for reason in ("order_not_replaceable", "notional_order", "fractional_time_in_force")
)
