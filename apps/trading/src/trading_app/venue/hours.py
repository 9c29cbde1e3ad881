"""When the exchange is open, and when orders that depend on it end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from trading_app.joins import GTC_DAYS
from trading_app.tables.enumerations import TimeInForce

if TYPE_CHECKING:
    from trading_app.rows import Row


@dataclass(frozen=True)
class Hours:
    """The session that is on, or else the next one."""

    opens_at: datetime
    closes_at: datetime
    extended_opens_at: datetime
    extended_closes_at: datetime

    @classmethod
    def of(cls, row: Row) -> Self | None:
        """Read them from a row that was read `with_session`; None where the exchange has no session any more."""
        if row["opens_at"] is None:
            return None
        return cls(
            row["opens_at"],
            row["closes_at"],
            row["pre_market_opens_at"] or row["opens_at"],
            row["after_hours_closes_at"] or row["closes_at"],
        )

    def regular(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at

    def tradable(self, at: datetime, *, extended_hours: bool) -> bool:
        """Whether an order works at that moment."""
        if extended_hours:
            return self.extended_opens_at <= at < self.extended_closes_at
        return self.regular(at)


def expiry(row: Row, time_in_force: TimeInForce, now: datetime, *, extended_hours: bool) -> datetime | None:
    """Say when an order ends: at a session's close, in the exchange's time, whatever zone this machine is in.

    Args:
        row: read `with_session`.
    """
    if time_in_force is TimeInForce.GTC:
        last_close: datetime | None = row["last_close"]
        return last_close or now + GTC_DAYS
    session = Hours.of(row)
    if session is None:
        return None
    return session.extended_closes_at if extended_hours else session.closes_at
