"""Alpaca's own client. It imports a module that its websockets library calls deprecated."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from alpaca.common.enums import Sort
    from alpaca.common.exceptions import APIError
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import (
        AccountStatus,
        AssetClass,
        AssetExchange,
        AssetStatus,
        DTBPCheck,
        OrderClass,
        OrderSide,
        OrderStatus,
        OrderType,
        PDTCheck,
        PositionIntent,
        PositionSide,
        QueryOrderStatus,
        TimeInForce,
        TradeActivityType,
        TradeConfirmationEmail,
    )
    from alpaca.trading.models import (
        AccountConfiguration,
        Asset,
        Calendar,
        Clock,
        ClosePositionResponse,
        NonTradeActivity,
        Order,
        Position,
        TradeAccount,
        TradeActivity,
    )
    from alpaca.trading.requests import (
        CancelOrderResponse,
        ClosePositionRequest,
        GetAssetsRequest,
        GetCalendarRequest,
        GetOrderByIdRequest,
        GetOrdersRequest,
        LimitOrderRequest,
        MarketOrderRequest,
        ReplaceOrderRequest,
        StopLimitOrderRequest,
        StopLossRequest,
        StopOrderRequest,
        TakeProfitRequest,
        TrailingStopOrderRequest,
    )

__all__ = [
    "APIError",
    "AccountConfiguration",
    "AccountStatus",
    "Asset",
    "AssetClass",
    "AssetExchange",
    "AssetStatus",
    "Calendar",
    "CancelOrderResponse",
    "Clock",
    "ClosePositionRequest",
    "ClosePositionResponse",
    "DTBPCheck",
    "GetAssetsRequest",
    "GetCalendarRequest",
    "GetOrderByIdRequest",
    "GetOrdersRequest",
    "LimitOrderRequest",
    "MarketOrderRequest",
    "NonTradeActivity",
    "Order",
    "OrderClass",
    "OrderSide",
    "OrderStatus",
    "OrderType",
    "PDTCheck",
    "Position",
    "PositionIntent",
    "PositionSide",
    "QueryOrderStatus",
    "ReplaceOrderRequest",
    "Sort",
    "StopLimitOrderRequest",
    "StopLossRequest",
    "StopOrderRequest",
    "TakeProfitRequest",
    "TimeInForce",
    "TradeAccount",
    "TradeActivity",
    "TradeActivityType",
    "TradeConfirmationEmail",
    "TradingClient",
    "TrailingStopOrderRequest",
]
