"""An order's row as Alpaca writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trading_app.books.arithmetic import average
from trading_app.orders.schemas import OrderOut

if TYPE_CHECKING:
    from trading_app.rows import Row


def order_out(row: Row) -> OrderOut:
    filled = row["filled_qty"]
    return OrderOut.model_validate(
        {
            **row,
            "asset_id": row["instrument_id"],
            "order_type": row["type"],
            "filled_avg_price": average(row["filled_value"], filled) if filled else None,
        }
    )
