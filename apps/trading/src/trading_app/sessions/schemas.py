from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from trading_app.wire import Out

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}:[0-9]{2}.{0,20})?", re.ASCII)


class DateType(StrEnum):
    TRADING = "TRADING"
    SETTLEMENT = "SETTLEMENT"


def _day(value: object) -> object:
    """Take a day; of a time, which Alpaca takes too, its day."""
    if not isinstance(value, str):
        return value
    found = _DAY.fullmatch(value)
    if found is None:
        raise ValueError("must be a day such as 2026-11-21")
    return found[1]


def _exchange_time(value: datetime) -> str:
    """With the exchange's offset, as Alpaca writes these and nothing else."""
    return value.isoformat()


Day = Annotated[date, BeforeValidator(_day)]
ExchangeTime = Annotated[
    AwareDatetime,
    PlainSerializer(_exchange_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class ClockOut(Out):
    timestamp: ExchangeTime
    is_open: bool
    next_open: ExchangeTime
    next_close: ExchangeTime


class CalendarDayOut(Out):
    """A session in the exchange's own time: 09:30 for the regular hours, 0400 for the extended ones."""

    session_date: date = Field(serialization_alias="date")
    open: str
    close: str
    session_open: str | None
    session_close: str | None
    settlement_date: date | None
