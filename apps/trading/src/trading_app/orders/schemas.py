from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from trading_app.tables.enumerations import (
    AssetClass,
    OrderStatus,
    OrderType,
    PositionIntent,
    Side,
    TimeInForce,
)
from trading_app.wire import DecimalIn, DecimalText, In, MomentIn, Out, Timestamp

Symbol = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9./-]+$")]
ClientOrderId = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Strictly = Annotated[bool, Field(strict=True)]
_ASSET_CLASS = "(us_equity|us_option|crypto|ipo|all)"
_ASSET_CLASSES = f"^{_ASSET_CLASS}(,{_ASSET_CLASS}){{0,9}}$"


class OrderClassIn(StrEnum):
    NONE = ""
    SIMPLE = "simple"
    BRACKET = "bracket"
    OCO = "oco"
    OTO = "oto"
    MLEG = "mleg"


class OrderIn(In):
    """An order as Alpaca's clients send it."""

    symbol: Symbol
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    qty: DecimalIn | None = None
    notional: DecimalIn | None = None
    limit_price: DecimalIn | None = None
    stop_price: DecimalIn | None = None
    trail_price: DecimalIn | None = None
    trail_percent: DecimalIn | None = None
    extended_hours: Strictly | None = None
    client_order_id: ClientOrderId | None = None
    order_class: OrderClassIn | None = None
    position_intent: PositionIntent | None = None
    take_profit: dict[str, Any] | None = None
    stop_loss: dict[str, Any] | None = None
    legs: list[dict[str, Any]] | None = None


class ReplacementIn(In):
    """What of an order is to change; what is missing stays."""

    qty: DecimalIn | None = None
    time_in_force: TimeInForce | None = None
    limit_price: DecimalIn | None = None
    stop_price: DecimalIn | None = None
    trail: DecimalIn | None = None
    client_order_id: ClientOrderId | None = None


class OrderOut(Out):
    """An order as alpaca-py's Order reads it."""

    id: UUID
    client_order_id: str
    created_at: Timestamp
    updated_at: Timestamp
    submitted_at: Timestamp
    filled_at: Timestamp | None
    expired_at: Timestamp | None
    expires_at: Timestamp | None
    canceled_at: Timestamp | None
    failed_at: Timestamp | None
    replaced_at: Timestamp | None
    replaced_by: UUID | None
    replaces: UUID | None
    asset_id: UUID
    symbol: str
    asset_class: AssetClass
    notional: DecimalText | None
    qty: DecimalText | None
    filled_qty: DecimalText
    filled_avg_price: DecimalText | None
    order_class: str
    order_type: OrderType
    type: OrderType
    side: Side
    position_intent: PositionIntent | None
    time_in_force: TimeInForce
    limit_price: DecimalText | None
    stop_price: DecimalText | None
    trail_price: DecimalText | None
    trail_percent: DecimalText | None
    hwm: DecimalText | None
    extended_hours: bool
    status: OrderStatus
    legs: None = None


class CanceledOut(Out):
    """What became of one order of many to cancel."""

    id: UUID
    status: int
    body: dict[str, Any] | None = None


class Filters(In):
    """Alpaca's filters of a list of orders."""

    status: Literal["open", "closed", "all"] = "open"
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    after: MomentIn | None = None
    until: MomentIn | None = None
    direction: Literal["asc", "desc"] = "desc"
    nested: bool = False
    side: Side | None = None
    symbols: Annotated[str, StringConstraints(max_length=4000)] | None = None
    asset_class: Annotated[str, StringConstraints(pattern=_ASSET_CLASSES)] | None = None
    before_order_id: UUID | None = None
    after_order_id: UUID | None = None
