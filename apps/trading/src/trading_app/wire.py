"""How numbers and moments are written in JSON: decimals as text, never through a float."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
)

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_LARGEST = Decimal("1e15")
_DECIMALS = 9
_MOST_DIGITS = 60
_EXACT = Context(prec=_MOST_DIGITS)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)
_FIRST, _LAST = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001  in whichever zone is meant


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def moment(value: datetime) -> str:
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def _written(value: object) -> object:
    """Refuse numbers: whether they mean seconds or milliseconds, nobody here could tell."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise ValueError("must be a day or a time such as 2026-11-20T14:30:00Z")
    return value


def _utc(value: datetime) -> datetime:
    """Read a day, or a time without a zone, as UTC, as Alpaca does; no further away than anything here can be."""
    near = min(max(value.replace(tzinfo=None), _FIRST), _LAST)
    return near.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def _decimal(value: object) -> Decimal:
    number = _number(value)
    if not number.is_finite() or abs(number) >= _LARGEST:
        raise ValueError("must be a number below 1e15")
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError("must not have more than 60 digits")
    number = number.normalize(_EXACT)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS:
        raise ValueError("must have no more than 9 decimals")
    return number


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    raise ValueError("must be a number, or a text of ASCII digits with an optional point")


_NUMBER_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"}]
}

DecimalIn = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema(_NUMBER_SCHEMA)]
DecimalText = Annotated[Decimal, PlainSerializer(plain, return_type=str), WithJsonSchema({"type": "string"})]
MomentIn = Annotated[datetime, BeforeValidator(_written), AfterValidator(_utc)]
Timestamp = Annotated[
    AwareDatetime,
    PlainSerializer(moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class In(BaseModel):
    """A request: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True, frozen=True)
