"""Whatever people order, change and cancel, in whatever order, and whatever the market does: the books keep their rules."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from brokerage import MONDAY
from exchange_without_workers import Exchange, exchange_on
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from hypothesis.strategies import DrawFn, SearchStrategy

    from devdb.pytest_plugin import DatabaseFactory

Body = dict[str, Any]
Wanted = tuple[int, Body]
"""Who orders, and what."""
PEOPLE = {0: "9000.00", 1: "1500.00"}
# whether it comes in fractions, about what it costs, and the step of its price
SYMBOLS = {"ACME": (True, Decimal(100), Decimal("0.01")), "BOLT": (False, Decimal("0.5"), Decimal("0.0001"))}
PLENTY = Decimal(10_000)
REFUSED = {403, 404, 422}
HOURS = {"pre-market": time(9), "opening": time(14, 30), "close": time(21), "night": time(1)}

who: SearchStrategy[int] = st.sampled_from(list(PEOPLE))
symbols: SearchStrategy[str] = st.sampled_from(list(SYMBOLS))
ticks: SearchStrategy[int] = st.integers(-60, 60) | st.sampled_from([-900, 500, 900])
"""From the middle: mostly near it, and sometimes further than the 3 % that a purchase without a limit sets aside."""
sizes: SearchStrategy[Decimal] = st.sampled_from(
    ["0", "0.333333333", "1", "2.5", "3", "7", "20", "1000"]
).map(Decimal)
picks: SearchStrategy[int] = st.integers(0, 49)
statuses: SearchStrategy[str] = st.sampled_from(["open", "open", "open", "all"])
whole: SearchStrategy[Body] = st.integers(1, 60).map(lambda qty: {"qty": str(qty)})
part: SearchStrategy[Body] = st.integers(1, 20 * 10**9).map(
    lambda qty: {"qty": f"{Decimal(qty).scaleb(-9):f}"}
)
money: SearchStrategy[Body] = st.integers(1, 300_000).map(
    lambda cents: {"notional": f"{Decimal(cents).scaleb(-2)}"}
)


def price(symbol: str, offset: int) -> str:
    _, middle, step = SYMBOLS[symbol]
    return f"{middle + offset * step:f}"


@st.composite
def bodies(draw: DrawFn) -> Body:
    """An order, nearly always one that could be placed."""
    symbol = draw(symbols)
    kind = draw(st.sampled_from(["market", "limit", "limit", "stop", "stop_limit"]))
    size = draw(st.sampled_from([whole, whole, part, money] if kind == "market" else [whole, whole, part]))
    lasting = ["day", "day", "gtc", "ioc", "fok"] if size is whole else ["day"]
    body = {
        "symbol": symbol,
        "side": draw(st.sampled_from(["buy", "sell"])),
        "type": kind,
        "time_in_force": draw(st.sampled_from(lasting)),
        **draw(size),
    }
    if kind in {"limit", "stop_limit"}:
        body["limit_price"] = price(symbol, draw(ticks))
    if kind in {"stop", "stop_limit"}:
        body["stop_price"] = price(symbol, draw(ticks))
    if (kind, body["time_in_force"]) == ("limit", "day"):
        body["extended_hours"] = draw(st.booleans())
    return body


class Course(RuleBasedStateMachine):
    """A course of trading of several people at one exchange; it tells `seen` what became of their orders."""

    exchange: ClassVar[Exchange]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.at = MONDAY
        self.named = 0
        self.bodies: dict[str, Body] = {}
        self.last: dict[str, str] = {}

    @initialize(wanted=st.lists(st.tuples(who, bodies()), min_size=3, max_size=8))
    def begin(self, wanted: list[Wanted]) -> None:
        self.exchange.begin(list(PEOPLE.values()), {symbol: parts for symbol, (parts, *_) in SYMBOLS.items()})
        for symbol in SYMBOLS:
            self._quote(symbol, -2, 2, PLENTY, PLENTY)
        for person in PEOPLE:
            for symbol in SYMBOLS:
                self._place(person, MARKET | {"symbol": symbol})
        self.exchange.work()
        for person, body in wanted:
            self._place(person, body)

    @rule(person=who, body=bodies(), offset=ticks)
    def place_and_replace(self, person: int, body: Body, offset: int) -> None:
        self._place(person, body)
        order = self._pick(person, "open", -1)
        if order is not None:
            self._replace(person, order, {}, offset)

    @rule(wanted=st.lists(st.tuples(who, bodies()), min_size=2, max_size=4))
    def place_some_and_match(self, wanted: list[Wanted]) -> None:
        for person, body in wanted:
            self._place(person, body)
        self.exchange.work()

    @rule(person=who, body=bodies(), symbol=symbols, middle=ticks, bid=sizes, ask=sizes)
    def place_and_quote(
        self, person: int, body: Body, symbol: str, middle: int, bid: Decimal, ask: Decimal
    ) -> None:
        self._place(person, body)
        self._quote(symbol, middle, middle + 1, bid, ask)
        self.exchange.work()

    @rule(
        person=who,
        symbol=symbols,
        lasting=st.sampled_from(["day", "ioc", "fok"]),
        jump=st.sampled_from([500, 900]),
    )
    def buy_for_all_the_money_before_prices_jump(
        self, person: int, symbol: str, lasting: str, jump: int
    ) -> None:
        self._quote(symbol, 0, 0, PLENTY, PLENTY)
        money = Decimal(self._ask(person, "GET", "/account").json()["buying_power"])
        qty = money / (Decimal(price(symbol, 0)) * Decimal("1.03")) // 1
        if qty:
            body = MARKET | {"symbol": symbol, "qty": f"{qty}", "time_in_force": lasting}
            assert self._place(person, body) == 200
        self._quote(symbol, jump, jump, PLENTY, PLENTY)
        self.exchange.work()

    @rule(person=who, pick=picks)
    def place_again(self, person: int, pick: int) -> None:
        order = self._pick(person, "all", pick)
        if order is not None and order["id"] in self.bodies:
            answer = self._ask(person, "POST", "/orders", json=self.bodies[order["id"]])
            assert (answer.status_code, answer.json().get("id")) == (200, order["id"])

    @rule(person=who, status=statuses, pick=picks, size=st.none() | whole, offset=ticks, gtc=st.booleans())
    def replace(self, person: int, status: str, pick: int, size: Body | None, offset: int, gtc: bool) -> None:  # noqa: FBT001  drawn
        order = self._pick(person, status, pick)
        if order is not None:
            self._replace(person, order, (size or {}) | ({"time_in_force": "gtc"} if gtc else {}), offset)

    @rule(person=who, status=statuses, pick=picks)
    def cancel(self, person: int, status: str, pick: int) -> None:
        order = self._pick(person, status, pick)
        if order is not None:
            path = f"/orders/{order['id']}"
            assert self._ask(1 - person, "DELETE", path).status_code == 404
            answer = self._ask(person, "DELETE", path)
            assert answer.status_code == 204 or status == "all"

    @rule(person=who, symbol=symbols, percentage=st.none() | st.integers(1, 100))
    def close_position(self, person: int, symbol: str, percentage: int | None) -> None:
        self._pass_a_second()
        options = {} if percentage is None else {"params": {"percentage": str(percentage)}}
        self._ask(person, "DELETE", f"/positions/{symbol}", **options)

    @rule(person=who, path=st.sampled_from(["/orders", "/positions", "/positions?cancel_orders=true"]))
    def end_everything(self, person: int, path: str) -> None:
        self._pass_a_second()
        self._ask(person, "DELETE", path)

    @rule(symbol=symbols, middle=ticks, spread=st.integers(0, 9), bid=sizes, ask=sizes)
    def quote(self, symbol: str, middle: int, spread: int, bid: Decimal, ask: Decimal) -> None:
        self._quote(symbol, middle, middle + spread, bid, ask)

    @rule(symbol=symbols, middle=ticks, spread=st.integers(0, 9), bid=sizes, ask=sizes)
    def quote_and_match(self, symbol: str, middle: int, spread: int, bid: Decimal, ask: Decimal) -> None:
        self._quote(symbol, middle, middle + spread, bid, ask)
        self.exchange.work()

    @rule(symbol=symbols, offset=ticks, hour=st.none() | st.sampled_from(list(HOURS)))
    def trade_now_or_later(self, symbol: str, offset: int, hour: str | None) -> None:
        later = self.at + timedelta(seconds=1)
        if hour is not None:
            moment = datetime.combine(self.at.date(), HOURS[hour], self.at.tzinfo)
            later = moment if moment > self.at else moment + timedelta(days=1)
        self.at = later
        self.last[symbol] = price(symbol, offset)
        self.exchange.quote(symbol, self.at, last_price=self.last[symbol])
        self.exchange.work()

    @invariant()
    def the_books_keep_their_rules(self) -> None:
        assert self.exchange.violations() == []

    @invariant()
    def what_has_no_fractions_is_held_in_whole_shares(self) -> None:
        held = self.exchange.brokerage.market.rows(
            "SELECT qty FROM trading.positions JOIN trading.instruments i ON i.id = instrument_id WHERE NOT fractionable"
        )
        assert [row["qty"] for row in held if row["qty"] % 1] == []

    def teardown(self) -> None:
        """Cancel what is open: then nothing is promised any more, and the service finds no fault either."""
        if self.at == MONDAY:
            return
        for person in PEOPLE:
            self._ask(person, "DELETE", "/orders")
            account = self._ask(person, "GET", "/account").json()
            assert account["cash"] == account["buying_power"]
            assert self._ask(person, "GET", "/account/reconciliation").json()["differences"] == []
            assert self._ask(person, "GET", "/account/audit/verification").json()["holds"]
        assert self.exchange.violations() == []
        for row in self.exchange.brokerage.market.rows("SELECT event, reason FROM trading.order_events"):
            self.seen[row["reason"] or row["event"]] += 1

    def _quote(self, symbol: str, bid: int, ask: int, bid_size: Decimal, ask_size: Decimal) -> None:
        """Quote so many at so many ticks from the middle; none: nobody is there."""
        self.at += timedelta(seconds=1)
        book = {
            "bid_price": price(symbol, bid) if bid_size else None,
            "bid_size": f"{bid_size}",
            "ask_price": price(symbol, ask) if ask_size else None,
            "ask_size": f"{ask_size}",
        }
        self.last[symbol] = price(symbol, bid)
        self.exchange.quote(symbol, self.at, **book, last_price=self.last[symbol])

    def _place(self, person: int, body: Body) -> int:
        named = body | self._name()
        answer = self._ask(person, "POST", "/orders", json=named)
        if answer.is_success:
            self.bodies[answer.json()["id"]] = named
        return answer.status_code

    def _replace(self, person: int, order: Body, change: Body, offset: int) -> None:
        """Replace an order: what has a price gets another one."""
        prices = {name for name in ("limit_price", "stop_price") if order[name] is not None}
        change = change | self._name() | {name: price(order["symbol"], offset) for name in prices}
        self._ask(person, "PATCH", f"/orders/{order['id']}", json=change)

    def _name(self) -> Body:
        """Name an order: ids are made of names, and so every run has the same."""
        self.named += 1
        return {"client_order_id": f"order {self.named}"}

    def _pass_a_second(self) -> None:
        """Let the next order, which has a name of chance, be the only one of its time."""
        self.at += timedelta(seconds=1)
        self.exchange.quote("ACME", self.at, last_price=self.last["ACME"])

    def _pick(self, person: int, status: str, number: int) -> Body | None:
        found = self._ask(person, "GET", "/orders", params={"status": status}).json()
        found.sort(key=lambda order: (order["submitted_at"], order["symbol"], order["id"]))
        return found[number % len(found)] if found else None

    def _ask(self, person: int, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401  as httpx
        answer = self.exchange.ask(person, method, path, **options)
        assert answer.is_success or answer.status_code in REFUSED, answer.text
        return answer


MARKET: Body = {"side": "buy", "type": "market", "time_in_force": "day", "qty": "8"}
SETTINGS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture
def exchange(migrated_template: str, database_factory: DatabaseFactory) -> Iterator[Exchange]:
    with exchange_on(database_factory(migrated_template), len(PEOPLE)) as exchange:
        yield exchange


def test_the_books_keep_their_rules_in_any_course_of_trading(exchange: Exchange) -> None:
    Course.exchange, Course.seen = exchange, Counter()
    run_state_machine_as_test(Course, settings=SETTINGS)

    assert {
        "fill",
        "partial_fill",
        "canceled",
        "replaced",
        "expired",
        "triggered",
        "not_filled",
        "insufficient_buying_power",
    } <= Course.seen.keys()
    assert Course.seen["fill"] > SETTINGS.max_examples
