"""Whether this account may place this order now, and what it sets aside for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading_app.books import service as books
from trading_app.books.arithmetic import ZERO
from trading_app.books.errors import BelowFloor
from trading_app.orders.errors import Invalid, NotAllowed
from trading_app.orders.pricing import cash_needed, pieces
from trading_app.risk import service as risk
from trading_app.tables.enumerations import AccountStatus, AssetStatus, Side
from trading_app.wire import plain

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from servicekit.database import Connection
    from trading_app.books.ledger import Ledger, Purpose
    from trading_app.orders.schemas import OrderIn
    from trading_app.rows import Row

MOST_OPEN_ORDERS = 10_000
# What the database can hold of one order's money.
_MOST_MONEY = 10**15


def refuse_blocked(account: Row) -> None:
    """Refuse every order of an account that may not trade.

    Raises:
        NotAllowed: with Alpaca's words.
    """
    if account["suspend_trade"]:
        raise NotAllowed("new orders are rejected by user request", "suspended_by_user")
    if account["account_blocked"] or account["trading_blocked"]:
        raise NotAllowed("account is not allowed to trade: it is blocked", "blocked")
    if account["account_status"] != AccountStatus.ACTIVE:
        raise NotAllowed("account is not active", "account_not_active")


async def admit(
    connection: Connection,
    order: OrderIn,
    standing: Row,
    price: Decimal,
    at: datetime,
    *,
    replaced: Row | None = None,
) -> None:
    """Let an order in.

    Args:
        standing: the account, with the order's instrument and its quote.
        price: what one piece may cost.
        replaced: an order that goes when this one comes.

    Raises:
        Refusal: with what speaks against it.
    """
    if replaced is None and standing["open_orders"] >= MOST_OPEN_ORDERS:
        raise NotAllowed(f"account has {MOST_OPEN_ORDERS} open orders already", "too_many_orders")
    if cash_needed(order, price) >= _MOST_MONEY:
        raise Invalid("order is worth more than can be counted", "value_too_large")
    if not (standing["restricted"] or standing["limited"]):
        return
    gone = ZERO if replaced is None or replaced["qty"] is None else replaced["qty"] - replaced["filled_qty"]
    wanted = risk.Wanted(standing["instrument_id"], order.side, pieces(order, price), price, gone)
    found = await risk.objection(connection, standing["account_id"], wanted, at=at)
    if found is not None:
        raise NotAllowed(found.message, found.reason)


def refuse_instrument(order: OrderIn, standing: Row) -> None:
    """Refuse an order for what is not there or not traded that way.

    Raises:
        Refusal: with Alpaca's words.
    """
    if standing["instrument_id"] is None:
        raise Invalid(f'asset "{order.symbol}" not found', "asset_not_found")
    if standing["status"] != AssetStatus.ACTIVE:
        raise Invalid(f"asset {order.symbol} is not active", "asset_not_active")
    if not standing["tradable"]:
        raise Invalid(f'asset "{order.symbol}" is not tradable', "asset_not_tradable")
    parts = order.notional is not None or (order.qty or ZERO) % standing["lot_size"] != 0
    if parts and not standing["fractionable"]:
        raise NotAllowed(f'asset "{order.symbol}" is not fractionable', "not_fractionable")
    if order.qty is not None and order.qty < standing["min_order_size"]:
        raise Invalid(f"qty must be >= {plain(standing['min_order_size'])}", "below_min_order_size")


def reserve(ledger: Ledger, purpose: Purpose, order: OrderIn, instrument_id: UUID, price: Decimal) -> Decimal:
    """Promise the order what it may need: money for a purchase, pieces for a sale.

    Raises:
        NotAllowed: there is not enough that is not promised already.
    """
    keys = books.keys_of(instrument_id)
    if order.side is Side.BUY:
        needed = cash_needed(order, price)
        try:
            ledger.reserve(purpose, books.CASH, keys.securities, needed)
        except BelowFloor as refused:
            raise NotAllowed(
                "insufficient buying power",
                "insufficient_buying_power",
                buying_power=plain(refused.available),
                cost_basis=plain(needed),
            ) from refused
        return needed
    held = ledger.accounts[keys.shares]
    wanted = pieces(order, price)
    if held.balance == ZERO:
        raise NotAllowed("account is not allowed to short", "short_not_allowed")
    try:
        ledger.reserve(purpose, keys.shares, keys.market, wanted)
    except BelowFloor as refused:
        raise NotAllowed(
            f"insufficient qty available for order (requested: {plain(wanted)}, available: {plain(held.available)})",
            "insufficient_qty",
            symbol=order.symbol,
            existing_qty=plain(held.balance),
            held_for_orders=plain(held.reserved),
            available=plain(held.available),
        ) from refused
    return wanted
