"""Which status an order may take next: the one table that the service reads and the database enforces."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from servicekit.columns import listed
from trading_app.tables.enumerations import OrderStatus as S

if TYPE_CHECKING:
    from collections.abc import Mapping

FINAL = frozenset({S.FILLED, S.CANCELED, S.EXPIRED, S.REPLACED, S.REJECTED})

_FILLS = (S.PARTIALLY_FILLED, S.FILLED)
_ENDS = (S.PENDING_CANCEL, S.CANCELED, S.EXPIRED)
_REPLACES = (S.PENDING_REPLACE, S.REPLACED)
_PAUSES = (S.DONE_FOR_DAY, S.STOPPED, S.SUSPENDED, S.CALCULATED)

# A final status has no row here: nothing follows it. Alpaca replaces nothing that is accepted, pending_new,
# pending_cancel or pending_replace.
TRANSITIONS: Mapping[S, tuple[S, ...]] = MappingProxyType(
    {
        S.PENDING_NEW: (
            S.ACCEPTED,
            S.PENDING_REVIEW,
            S.NEW,
            S.HELD,
            *_FILLS,
            *_ENDS,
            S.REJECTED,
            S.SUSPENDED,
        ),
        S.PENDING_REVIEW: (S.ACCEPTED, S.NEW, *_ENDS, S.REJECTED),
        S.ACCEPTED: (
            S.ACCEPTED_FOR_BIDDING,
            S.NEW,
            S.HELD,
            *_FILLS,
            *_ENDS,
            S.REJECTED,
            S.STOPPED,
            S.SUSPENDED,
        ),
        S.ACCEPTED_FOR_BIDDING: (S.NEW, *_FILLS, *_ENDS, S.REJECTED, S.STOPPED),
        S.HELD: (S.ACCEPTED, S.NEW, *_ENDS, *_REPLACES, S.REJECTED),
        S.NEW: (*_FILLS, *_ENDS, *_REPLACES, *_PAUSES, S.REJECTED),
        S.PARTIALLY_FILLED: (S.FILLED, *_ENDS, *_REPLACES, *_PAUSES),
        S.PENDING_CANCEL: (S.CANCELED, S.EXPIRED, S.ACCEPTED, S.NEW, S.HELD, *_FILLS),
        S.PENDING_REPLACE: (S.REPLACED, S.NEW, S.HELD, *_FILLS, *_ENDS),
        S.STOPPED: (*_FILLS, *_ENDS),
        S.SUSPENDED: (S.ACCEPTED, S.NEW, *_FILLS, *_ENDS, S.REJECTED),
        S.CALCULATED: (S.DONE_FOR_DAY, S.NEW, *_FILLS, *_ENDS),
        S.DONE_FOR_DAY: (S.CALCULATED, S.NEW, *_FILLS, *_ENDS, *_REPLACES),
    }
)

_CASES = "\n".join(
    f"        WHEN '{old}' THEN NEW.status IN ({listed(new)})" for old, new in TRANSITIONS.items()
)

REFUSE_ILLEGAL_TRANSITION = f"""
CREATE OR REPLACE FUNCTION trading.refuse_illegal_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE OLD.status
{_CASES}
        ELSE false
    END) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'order ' || OLD.id || ' is ' || OLD.status || ', from which it can never become ' || NEW.status;
    END IF;
    RETURN NEW;
END
$$
"""
