"""What was acknowledged is there, and nothing is there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from soak.trading.memory import Order, terms

if TYPE_CHECKING:
    import psycopg

    from soak.trading.memory import Memory

_ORDERS = """
    SELECT o.account_id::text, o.id::text, o.client_order_id, i.symbol, o.side, o.type, o.time_in_force, o.qty,
        o.notional, o.limit_price, o.stop_price, o.status
    FROM trading.orders o JOIN trading.instruments i ON i.id = o.instrument_id
"""


def lost(connection: psycopg.Connection[Any], memory: Memory) -> list[str]:
    """Find what was acknowledged and is not so.

    Args:
        connection: to the run's database.
        memory: what was acknowledged.

    Returns:
        A sentence for each.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = {row["id"]: row for row in cursor.execute(_ORDERS)}
    found = []
    for order_id, order in memory.orders.items():
        row = rows.get(order_id)
        if row is None:
            found.append(f"order {order_id} was acknowledged and is lost: {order}")
        elif (there := Order(row["account_id"], row["client_order_id"], terms(row))) != order:
            found.append(f"order {order_id} was acknowledged as {order} and is {there}")
    for order_id in memory.canceled:
        status = rows[order_id]["status"] if order_id in rows else "lost"
        if status != "canceled":
            found.append(f"order {order_id}, whose cancelation was acknowledged, is {status}")
    strangers = [row for order_id, row in rows.items() if order_id not in memory.orders]
    if len(strangers) > memory.unsure:
        found.append(
            f"{len(strangers)} orders were never acknowledged, and {memory.unsure} answers got lost: {strangers[:3]}"
        )
    return found
