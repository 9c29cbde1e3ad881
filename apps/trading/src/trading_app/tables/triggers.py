"""The triggers that this schema alone has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicekit.triggers import create
from trading_app.tables.base import metadata
from trading_app.tables.order_transitions import REFUSE_ILLEGAL_TRANSITION

if TYPE_CHECKING:
    from sqlalchemy import Table

create(metadata, "before_create", REFUSE_ILLEGAL_TRANSITION)


def only_legal_transitions(orders: Table) -> None:
    """Refuses a change of status that `order_transitions` does not list."""
    statement = """
        CREATE OR REPLACE TRIGGER orders_refuse_illegal_transition BEFORE UPDATE ON %(fullname)s FOR EACH ROW
        WHEN (NEW.status IS DISTINCT FROM OLD.status)
        EXECUTE FUNCTION trading.refuse_illegal_transition()
    """
    create(orders, "after_create", statement)
