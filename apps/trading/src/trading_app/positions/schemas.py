from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from trading_app.tables.enumerations import AssetClass, Exchange
from trading_app.wire import DecimalText, Out


class PositionOut(Out):
    """A position as alpaca-py's Position reads it."""

    asset_id: UUID
    symbol: str
    exchange: Exchange
    asset_class: AssetClass
    asset_marginable: bool
    qty: DecimalText
    qty_available: DecimalText
    side: Literal["long", "short"]
    avg_entry_price: DecimalText
    cost_basis: DecimalText
    market_value: DecimalText
    current_price: DecimalText | None
    lastday_price: DecimalText | None
    change_today: DecimalText | None
    unrealized_pl: DecimalText
    unrealized_plpc: DecimalText
    unrealized_intraday_pl: DecimalText
    unrealized_intraday_plpc: DecimalText


class ClosedOut(Out):
    """What became of one position of many to close."""

    symbol: str
    order_id: UUID | None = None
    status: int
    body: dict[str, Any]
