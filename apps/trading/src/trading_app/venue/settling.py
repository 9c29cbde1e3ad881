"""What a fill moves in the books."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context
from typing import TYPE_CHECKING

from trading_app.books import service as books
from trading_app.books.arithmetic import EXACT, PIECE, ZERO, cents, exact_value, still_reserved
from trading_app.books.ledger import Purpose
from trading_app.tables.columns import QUANTITY, too_large_for
from trading_app.tables.enumerations import Side, TransferReason
from trading_app.venue.decisions import in_steps

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from trading_app.books.ledger import Key, Ledger
    from trading_app.rows import Row
    from trading_app.venue.decisions import Decision
    from trading_app.venue.fills import Fill

_DOWN = Context(prec=80, rounding=ROUND_FLOOR)
_MOST_PIECES = EXACT.subtract(too_large_for(QUANTITY), PIECE)


def room(ledger: Ledger, order: Row) -> Decimal:
    """How many more pieces of what an order buys the books can count."""
    held = ledger.accounts[books.keys_of(order["instrument_id"]).shares].balance
    return EXACT.subtract(_MOST_PIECES, held)


def affordable(ledger: Ledger, order: Row, quote: Row, decision: Decision) -> Decimal:
    """How many of a fill the account can take and pay for, or deliver, with what the order holds and what is free."""
    keys = books.keys_of(order["instrument_id"])
    if order["side"] == Side.SELL:
        return min(decision.qty, EXACT.add(ledger.accounts[keys.shares].available, order["reserved"]))
    money = EXACT.add(ledger.accounts[books.CASH].available, order["reserved"])
    free = room(ledger, order)
    wanted = decision.qty if decision.qty <= free else in_steps(free, quote)
    if cents(exact_value(wanted, decision.price)) <= money:
        return wanted
    return in_steps(_DOWN.divide(money, decision.price), quote)


def settle(ledger: Ledger, done: Fill, pending: UUID | None, cost: Decimal) -> Decimal:
    """Move money and pieces, and say how much of the order's promise ends."""
    if done.side is Side.BUY:
        return _settle_purchase(ledger, done, pending)
    return _settle_sale(ledger, done, pending, cost)


def _settle_purchase(ledger: Ledger, done: Fill, pending: UUID | None) -> Decimal:
    keys = books.keys_of(done.order["instrument_id"])
    purpose = _purpose(done, TransferReason.PURCHASE)
    released = _released_money(ledger, done)
    ends = (books.CASH, keys.securities)
    _post(ledger, purpose, pending, ends, done.amount, released)
    ledger.move(purpose, keys.market, keys.shares, done.qty)
    return released


def _released_money(ledger: Ledger, done: Fill) -> Decimal:
    order, reserved = done.order, done.order["reserved"]
    if done.full:
        whole: Decimal = reserved
        return whole
    if order["qty"] is not None:
        before = EXACT.subtract(order["qty"], order["filled_qty"])
        left = EXACT.subtract(before, done.qty)
    else:
        before = EXACT.subtract(order["notional"], order["filled_value"])
        left = EXACT.subtract(before, exact_value(done.qty, done.price))
    share = EXACT.subtract(reserved, still_reserved(reserved, before, left))
    # where free money does not cover what the fill costs beyond its share, the order's own pays for it
    missing = EXACT.subtract(done.amount, ledger.accounts[books.CASH].available)
    released: Decimal = min(reserved, max(share, missing))
    return released


def _settle_sale(ledger: Ledger, done: Fill, pending: UUID | None, cost: Decimal) -> Decimal:
    keys = books.keys_of(done.order["instrument_id"])
    sale = _purpose(done, TransferReason.SALE)
    profit = _purpose(done, TransferReason.REALIZED_PROFIT)
    reserved: Decimal = done.order["reserved"]
    released: Decimal = reserved if done.full else min(reserved, done.qty)
    _post(ledger, sale, pending, (keys.shares, keys.market), done.qty, released)
    ledger.move(sale, keys.securities, books.CASH, min(cost, done.amount))
    if done.amount > cost:
        ledger.move(profit, books.REALIZED, books.CASH, EXACT.subtract(done.amount, cost))
    else:
        ledger.move(profit, keys.securities, books.REALIZED, EXACT.subtract(cost, done.amount))
    return released


def _post(
    ledger: Ledger,
    purpose: Purpose,
    pending: UUID | None,
    ends: tuple[Key, Key],
    amount: Decimal,
    released: Decimal,
) -> None:
    if pending is None or released == ZERO:
        ledger.move(purpose, *ends, amount)
    else:
        ledger.post(purpose, pending, ends, amount=amount, released=released)


def _purpose(done: Fill, reason: TransferReason) -> Purpose:
    return Purpose(reason, done.order["id"], done.execution_id)
