from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from trading_app.tables.enumerations import OrderStatus, Side
from trading_app.wire import DecimalText, Out, Timestamp


@dataclass(frozen=True)
class Page:
    """Which part of the list.

    Args:
        token: moment and id of the last activity of the page before.
    """

    after: datetime | None
    until: datetime | None
    token: tuple[datetime, UUID] | None
    descending: bool
    size: int


class FillOut(Out):
    """A fill as alpaca-py's TradeActivity reads it."""

    id: str
    account_id: UUID
    activity_type: Literal["FILL"] = "FILL"
    transaction_time: Timestamp
    type: Literal["fill", "partial_fill"]
    price: DecimalText
    qty: DecimalText
    side: Side
    symbol: str
    leaves_qty: DecimalText
    cum_qty: DecimalText
    order_id: UUID
    order_status: OrderStatus


class TransferOut(Out):
    """Money that came or went, as alpaca-py's NonTradeActivity reads it."""

    id: str
    account_id: UUID
    activity_type: Literal["JNLC", "CSD", "CSW", "FEE", "DIV", "INT"]
    date: date
    net_amount: DecimalText
    description: str
    status: Literal["executed"] = "executed"
    created_at: Timestamp


Activity = FillOut | TransferOut
