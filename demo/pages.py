"""What there is to see in the end, as tables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import JustifyMethod

    from demo.people import Person

_LEDGER = ("unit", "balance", "promised", "entries")
_FOLDED = {"became"}
_RIGHT = {"filled", "average", "qty", "cost", "price", "value", "gain", "balance", "promised", "entries",
          "executions", "cash", "equity", "positions", "audit rows"}  # fmt: skip


def orders(people: Iterable[Person]) -> Table:
    """Give everything that was ordered, with what became of it."""
    table = _table("Orders", "who", "order", "filled", "average", "became")
    for person in people:
        for wanted in person.orders:
            if "refused" in wanted:
                table.add_row(person.name, wanted["wanted"], "", "", f"refused: {wanted['refused']}")
                continue
            order = person.get(f"/orders/{wanted['id']}")
            average = order["filled_avg_price"]
            filled = _number(order["filled_qty"]), _money(average) if average else ""
            table.add_row(person.name, wanted["wanted"], *filled, order["status"])
    return table


def positions(people: Iterable[Person]) -> Table:
    """Give what everybody holds."""
    table = _table("Positions", "who", "symbol", "qty", "cost", "price", "value", "gain")
    for person in people:
        for each in person.get("/positions"):
            money = (
                _money(each[name])
                for name in ("cost_basis", "current_price", "market_value", "unrealized_pl")
            )
            table.add_row(person.name, each["symbol"], _number(each["qty"]), *money)
    return table


def ledger(people: Iterable[Person]) -> Table:
    """Give every ledger account in which something moved, and what of it is promised to open orders."""
    table = _table("Ledger: what one account gives, another gets", "who", "account", "of", *_LEDGER)
    for person in people:
        moved = [each for each in person.get("/account/ledger") if each["version"]]
        named = [(each["kind"].replace("_", " "), _symbol(person, each), each) for each in moved]
        for kind, symbol, each in sorted(named, key=lambda row: row[:2]):
            show = _money if each["unit"] == "USD" else _number
            amounts = show(each["balance"]), show(each["reserved"])
            table.add_row(person.name, kind, symbol, each["unit"], *amounts, str(each["version"]))
    return table


def _symbol(person: Person, ledger_account: dict[str, str | None]) -> str:
    instrument = ledger_account["instrument_id"]
    return "" if instrument is None else str(person.get(f"/assets/{instrument}")["symbol"])


def reconciliation(people: Iterable[Person]) -> Table:
    """Give what executions alone say, beside the books."""
    table = _table(
        "Reconciliation", "who", "cash", "equity", "executions", "positions", "books", "audit rows", "chain"
    )
    for person in people:
        found = person.get("/account/reconciliation")
        chain = person.get("/account/audit/verification")
        table.add_row(
            person.name,
            _money(found["cash"]),
            _money(person.get("/account")["equity"]),
            str(found["executions"]),
            str(found["positions"]),
            "agree" if found["matches"] else "DIFFER",
            str(chain["rows"]),
            "holds" if chain["holds"] else "BROKEN",
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify: JustifyMethod = "right" if column in _RIGHT else "left"
        table.add_column(column, justify=justify, no_wrap=column not in _FOLDED)
    return table


def _money(value: Any) -> str:  # noqa: ANN401  a number as the service writes it
    return f"{Decimal(value):,.2f}"


def _number(value: Any) -> str:  # noqa: ANN401  as above
    return f"{Decimal(value):,f}"
