from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator

from trading_app.tables.enumerations import (
    AccountKind,
    AccountStatus,
    ConfirmationMail,
    DayTradeCheck,
    MemberRole,
)
from trading_app.wire import DecimalIn, DecimalText, In, Out, Timestamp

_MOST_CASH = Decimal(100000000000)
_CENTS = -2

Multiplier = Literal["1", "2", "4"]


class AccountIn(In):
    name: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""
    opening_cash: DecimalIn = Decimal("100000.00")

    @field_validator("opening_cash")
    @classmethod
    def _money(cls, value: Decimal) -> Decimal:
        exponent = value.as_tuple().exponent
        if not 0 <= value <= _MOST_CASH or not isinstance(exponent, int) or exponent < _CENTS:
            raise ValueError("must be 0 to 100000000000 with at most 2 decimals")
        return abs(value)


class AccountOut(Out):
    id: UUID
    account_number: str
    name: str
    status: AccountStatus
    currency: str
    kind: AccountKind
    role: MemberRole
    opening_cash: DecimalText
    created_at: Timestamp


class MemberIn(In):
    role: Literal[MemberRole.ADMIN, MemberRole.TRADER, MemberRole.VIEWER]


class MemberOut(Out):
    user_id: UUID
    name: str
    role: MemberRole
    created_at: Timestamp


class TradeAccountOut(Out):
    """The account as Alpaca writes it; alpaca-py's TradeAccount."""

    id: UUID
    account_number: str
    status: AccountStatus
    crypto_status: Literal["INACTIVE"] = "INACTIVE"
    currency: str
    cash: DecimalText
    buying_power: DecimalText
    regt_buying_power: DecimalText
    daytrading_buying_power: DecimalText
    non_marginable_buying_power: DecimalText
    options_buying_power: DecimalText
    equity: DecimalText
    last_equity: DecimalText
    portfolio_value: DecimalText
    long_market_value: DecimalText
    short_market_value: DecimalText
    position_market_value: DecimalText
    initial_margin: DecimalText
    maintenance_margin: DecimalText
    last_maintenance_margin: DecimalText
    sma: DecimalText
    accrued_fees: DecimalText
    pending_transfer_in: DecimalText
    pending_transfer_out: DecimalText
    intraday_adjustments: DecimalText
    pending_reg_taf_fees: DecimalText
    balance_asof: date | None
    multiplier: str
    daytrade_count: int = 0
    pattern_day_trader: bool = False
    shorting_enabled: bool
    trading_blocked: bool
    transfers_blocked: bool
    account_blocked: bool
    trade_suspended_by_user: bool
    options_approved_level: int = 0
    options_trading_level: int = 0
    created_at: Timestamp


class ConfigurationsIn(In):
    """Settings to change; what is null or missing stays."""

    dtbp_check: DayTradeCheck | None = None
    pdt_check: DayTradeCheck | None = None
    trade_confirm_email: ConfirmationMail | None = None
    suspend_trade: Annotated[bool, Field(strict=True)] | None = None
    no_shorting: Annotated[bool, Field(strict=True)] | None = None
    fractional_trading: Annotated[bool, Field(strict=True)] | None = None
    ptp_no_exception_entry: Annotated[bool, Field(strict=True)] | None = None
    max_margin_multiplier: Multiplier | None = None
    max_options_trading_level: Annotated[int, Field(strict=True, ge=0, le=3)] | None = None

    @model_validator(mode="after")
    def _a_cash_account(self) -> Self:
        if self.max_margin_multiplier not in {None, "1"}:
            raise ValueError("max_margin_multiplier of a cash account is 1")
        if self.no_shorting is False:
            raise ValueError("a cash account never sells short")
        if self.max_options_trading_level not in {None, 0}:
            raise ValueError("options are not traded here: max_options_trading_level is 0")
        return self


class ConfigurationsOut(Out):
    dtbp_check: DayTradeCheck
    pdt_check: DayTradeCheck
    trade_confirm_email: ConfirmationMail
    suspend_trade: bool
    no_shorting: bool
    fractional_trading: bool
    ptp_no_exception_entry: bool
    max_margin_multiplier: str
    max_options_trading_level: int
