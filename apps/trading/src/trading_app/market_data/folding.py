"""From the messages about one instrument to its newest state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from trading_app.market_data.updates import Book, Trade, Update

# An exchange's day ends at its own midnight, whatever the server's time zone.
_EXCHANGE = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of an instrument: up to when, and its last trade."""

    at: datetime
    trade: Trade | None


@dataclass(slots=True)
class Change:
    """What messages change, and what became of each. `close` is the last trade of the day before."""

    known: Known
    at: datetime
    book: Book | None = None
    trade: Trade | None = None
    close: Trade | None = None
    accepted: int = 0
    duplicates: int = 0
    outdated: int = 0

    def take(self, update: Update) -> None:
        if update.at < self.known.at:
            self.outdated += 1
        elif update.at == self.at:
            self.duplicates += 1
        else:
            self._apply(update)

    def _apply(self, update: Update) -> None:
        last = self.trade or self.known.trade
        if last is not None and exchange_day(last.at) < exchange_day(update.at):
            self.close = last
        self.at = update.at
        self.book = update.book or self.book
        self.trade = update.trade or self.trade
        self.accepted += 1


def fold(known: Known, updates: Iterable[Update]) -> Change:
    """Apply messages in the order of their times; one that is not later than what is known changes nothing."""
    change = Change(known, known.at)
    for update in sorted(updates, key=lambda update: update.at):
        change.take(update)
    return change


def exchange_day(moment: datetime) -> date:
    return moment.astimezone(_EXCHANGE).date()
