"""docs/fill-rules.md, row by row: every order of every table is placed at the venue and meets what its row says."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from brokerage import brokerage_on
from exchange_calendars import get_calendar  # type: ignore[import-untyped]  # ships no types
from markdown_tables import Row, tables
from trading_floor import PLENTY, Floor, Quote, new_york

from trading_app.seeding.service import seed_sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from brokerage import Brokerage

    from devdb.pytest_plugin import DatabaseFactory

pytestmark = pytest.mark.anyio

DOCUMENT = tables(Path(__file__).parents[4] / "docs/fill-rules.md")
TAKEN = ("day", "gtc", "ioc", "fok")
TIMES_IN_FORCE = (*TAKEN, "opg", "cls")
FRIDAY, MONDAY = new_york("2026-01-02 10:00"), new_york("2026-01-05 10:00")
BEFORE_DAWN = new_york("2026-01-05 03:00")
# Every situation that an order of a type can meet: the tables have all of them, for purchases and for sales.
ALWAYS = {"less is displayed", "nobody is there", "not quoted today", "exchange closed"}
WAKING = {"traded short of the stop", "no trade"}
LIMITS = {"at the limit", "better than the limit", "limit not reached"}
SITUATIONS = {
    "Market orders": ALWAYS | {"enough is displayed"},
    "Limit orders": ALWAYS | LIMITS | {"all that is displayed"},
    "Stop orders": ALWAYS | WAKING | {"traded at the stop", "traded beyond the stop"},
    "Stop-limit orders": ALWAYS | WAKING | LIMITS,
    "Trailing stops": {"any"},
}
AT_ONCE = [
    (heading, row)
    for heading in (*SITUATIONS, "Parts of a share, and so much money")
    for row in DOCUMENT[heading]
]


@pytest.fixture(scope="module")
async def service(
    migrated_template: str, session_database_factory: DatabaseFactory
) -> AsyncIterator[Brokerage]:
    """The service, with the exchange's real sessions."""
    async with brokerage_on(session_database_factory(migrated_template)) as service:
        async with service.database.begin() as connection:
            await seed_sessions(connection, 2026, 2026)
        yield service


@pytest.fixture
async def floor(brokerage: Brokerage) -> AsyncIterator[Floor]:
    async with brokerage.customer("10000000.00") as client:
        yield Floor(brokerage, client)


async def shares(floor: Floor, symbols: dict[str, UUID], qty: int, at: datetime) -> None:
    """Let the account hold some of each, bought at 100."""
    await floor.quote(PLENTY, at, *symbols)
    for symbol in symbols:
        await floor.place(f"buy {qty} market", symbol)
    await floor.match(*symbols.values())


async def meet(floor: Floor, row: Row, symbols: dict[str, UUID]) -> None:
    """Bring the market into the row's situation."""
    when = {"not quoted today": FRIDAY.replace(hour=20), "exchange closed": BEFORE_DAWN}
    await floor.quote(Quote.read(row["quote"]), when.get(row["situation"], MONDAY), *symbols)
    if row["situation"] == "not quoted today":
        floor.brokerage.market.instrument("OTHER")
        await floor.quote(PLENTY, MONDAY, "OTHER")


@pytest.mark.parametrize(
    ("heading", "row"), AT_ONCE, ids=[f"{row['order']}, {row['situation']}" for _, row in AT_ONCE]
)
async def test_what_becomes_of_an_order(floor: Floor, heading: str, row: Row) -> None:
    assert heading
    symbols = {each.upper(): floor.brokerage.market.instrument(each.upper()) for each in TAKEN}
    if row["order"].startswith("sell"):
        await shares(floor, symbols, 700, FRIDAY)
    await meet(floor, row, symbols)
    answers = {
        each: await floor.answer(row["order"], each.upper() if each in TAKEN else "DAY", each)
        for each in TIMES_IN_FORCE
    }
    await floor.match(*symbols.values())
    became = {
        each: await floor.outcome(answer.json()["id"])
        if answer.is_success
        else f"refused {answer.status_code}"
        for each, answer in answers.items()
    }

    assert became == {each: row[each].replace("refused", "refused 422") for each in TIMES_IN_FORCE}
    assert await floor.sound()


@pytest.mark.parametrize("heading", SITUATIONS)
def test_every_situation_is_told_for_both_sides(heading: str) -> None:
    told = [(row["situation"], row["order"].split()[0]) for row in DOCUMENT[heading]]

    assert sorted(told) == sorted(product(SITUATIONS[heading], ("buy", "sell")))


async def test_quote_by_quote(floor: Floor) -> None:
    rows = DOCUMENT["Quote by quote"]
    orders = list(rows[0])[2:]
    symbols = {f"S{number}": floor.brokerage.market.instrument(f"S{number}") for number in range(len(orders))}
    before = new_york("2026-01-05 09:59")
    await floor.quote(Quote.read("98.00 x 10 / nobody, last 98.00"), before, *symbols)
    placed = {order: await floor.place(order, symbol) for order, symbol in zip(orders, symbols, strict=True)}
    for row in rows:
        at = new_york(f"2026-01-05 {row['New York']}")
        await floor.quote(Quote.read(row["quote"]), at, *symbols)
        await floor.match(*symbols.values())
        await floor.match(*symbols.values())  # the same quote gives no more than it displays

        assert {order: await floor.outcome(placed[order]) for order in orders} == {
            order: row[order] for order in orders
        }
    assert await floor.sound()


async def test_who_comes_first(floor: Floor) -> None:
    rows = DOCUMENT["Who comes first"]
    (after,) = (name for name in rows[0] if name.startswith("after "))
    symbols = {"ACME": floor.brokerage.market.instrument("ACME")}
    await shares(floor, symbols, 100, FRIDAY)
    placed = []
    for second, row in enumerate(rows):
        nobody = Quote.read("nobody / nobody, last 96.00")
        await floor.quote(nobody, MONDAY.replace(second=second), "ACME")
        placed.append(await floor.place(row["order"], "ACME"))
    quote = Quote.read(after.removeprefix("after ").strip("`"))
    await floor.quote(quote, MONDAY.replace(minute=1), "ACME")
    await floor.match(*symbols.values())

    assert [await floor.outcome(order) for order in placed] == [row[after] for row in rows]
    assert await floor.sound()


@pytest.mark.parametrize(
    "row",
    DOCUMENT["What the account can pay"],
    ids=lambda row: f"{row['order']} {row['time in force']} at {row['meets']}",
)
async def test_what_the_account_can_pay(brokerage: Brokerage, row: Row) -> None:
    async with brokerage.customer("100000.00") as client:
        floor, acme = Floor(brokerage, client), brokerage.market.instrument("ACME")
        await floor.quote(Quote.read(row["placed against"]), MONDAY, "ACME")
        order = await floor.place(row["order"], "ACME", row["time in force"])
        await floor.quote(Quote.read(row["meets"]), MONDAY.replace(minute=1), "ACME")
        await floor.match(acme)

        assert await floor.outcome(order) == row["becomes"]
        assert await floor.sound()


async def placed_at(floor: Floor, row: Row) -> tuple[UUID, str]:
    """Place a row's order when the row says, with a quote there that fills nothing."""
    acme = floor.brokerage.market.instrument("ACME")
    floor.brokerage.market.instrument("OTHER")
    order, _, time_in_force = row["order"].rpartition(" ")
    await floor.quote(Quote.read("98.00 x 10 / nobody, last 100.00"), new_york(row["placed"]), "ACME")
    extended = row["extended"] == "yes"
    return acme, await floor.place(order, "ACME", time_in_force, extended_hours=extended)


@pytest.mark.parametrize(
    "row", DOCUMENT["Hours"], ids=lambda row: f"{row['order']} {row['placed']} {row['quoted']}"
)
async def test_hours(floor: Floor, row: Row) -> None:
    acme, order = await placed_at(floor, row)
    at_once = await floor.outcome(order)
    await floor.quote(Quote.read(row["quote"]), new_york(row["quoted"]), "ACME")
    await floor.match(acme)

    assert (at_once, await floor.outcome(order)) == (row["at once"], row["then"])
    assert await floor.sound()


def last_close(placed: datetime, time_in_force: str, *, extended: bool) -> datetime:
    """Say when an order ends, from exchange_calendars alone; extended hours go on for four hours more."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own calls into pandas
        closes: list[datetime] = [
            close.to_pydatetime()
            for close in get_calendar("XNYS", start="2026-01-01", end="2026-12-31").closes
        ]
    if time_in_force == "gtc":
        return max(close for close in closes if placed < close <= placed + timedelta(days=90))
    longer = timedelta(hours=4 if extended else 0)
    return min(close + longer for close in closes if close + longer > placed)


@pytest.mark.parametrize(
    "row", DOCUMENT["When orders end"], ids=lambda row: f"{row['order']} {row['placed']}"
)
async def test_when_orders_end(floor: Floor, row: Row) -> None:
    acme, order = await placed_at(floor, row)
    told = (await floor.order(order))["expires_at"]
    ends = new_york(row["ends in New York"])
    oracle = last_close(
        new_york(row["placed"]), row["order"].rpartition(" ")[2], extended=row["extended"] == "yes"
    )
    seen = []
    for moment in (ends - timedelta(seconds=1), ends):
        await floor.quote(PLENTY, moment, "OTHER")
        await floor.match(acme)
        seen.append(await floor.outcome(order) == "expired")

    assert told == row["ends in UTC"]
    assert datetime.fromisoformat(told) == ends == oracle
    assert seen == [False, True]
    assert await floor.sound()
