from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import StringConstraints, model_validator

from trading_app.market_data.schemas import Moment
from trading_app.tables.enumerations import Restriction, RiskLimit
from trading_app.wire import DecimalIn, DecimalText, In, Out, Timestamp

Symbol = Annotated[str, StringConstraints(min_length=1, max_length=32)]
_PERCENT = Decimal(100)
_FACTOR_DECIMALS = -4


class LimitIn(In):
    kind: RiskLimit
    value: DecimalIn
    symbol: Symbol | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.value <= 0:
            raise ValueError("value must be > 0")
        if self.kind is RiskLimit.MAX_CONCENTRATION and self.value > _PERCENT:
            raise ValueError("MAX_CONCENTRATION is a percentage of the equity, at most 100")
        if self.kind is RiskLimit.MAX_DAILY_LOSS and self.symbol is not None:
            raise ValueError("MAX_DAILY_LOSS is the whole account's: it has no symbol")
        return self


class LimitOut(Out):
    id: UUID
    kind: RiskLimit
    symbol: str | None
    value: DecimalText


class RestrictionIn(In):
    kind: Restriction
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    symbol: Symbol | None = None
    factor: DecimalIn | None = None
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.kind is Restriction.REDUCED) != (self.factor is not None):
            raise ValueError("REDUCED, and only it, has a factor")
        if self.factor is not None:
            exponent = self.factor.as_tuple().exponent
            if not 0 < self.factor < 1 or not isinstance(exponent, int) or exponent < _FACTOR_DECIMALS:
                raise ValueError("factor must be between 0 and 1, with at most 4 decimals")
        return self


class RestrictionOut(Out):
    id: UUID
    kind: Restriction
    symbol: str | None
    factor: DecimalText | None
    reason: str
    starts_at: Timestamp
    ends_at: Timestamp | None
