"""The values that a column may hold, where there are only a few. Orders speak Alpaca's words."""

from __future__ import annotations

from enum import StrEnum


class AccountStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DISABLED = "DISABLED"
    CLOSED = "ACCOUNT_CLOSED"


class AccountKind(StrEnum):
    CASH = "cash"


class MemberRole(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    TRADER = "TRADER"
    VIEWER = "VIEWER"


class DayTradeCheck(StrEnum):
    BOTH = "both"
    ENTRY = "entry"
    EXIT = "exit"


class ConfirmationMail(StrEnum):
    ALL = "all"
    NONE = "none"


class Exchange(StrEnum):
    AMEX = "AMEX"
    ARCA = "ARCA"
    BATS = "BATS"
    NASDAQ = "NASDAQ"
    NYSE = "NYSE"
    NYSEARCA = "NYSEARCA"
    OTC = "OTC"
    CRYPTO = "CRYPTO"


class AssetClass(StrEnum):
    US_EQUITY = "us_equity"
    US_OPTION = "us_option"
    CRYPTO = "crypto"


class AssetStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    DAY = "day"
    GTC = "gtc"
    OPG = "opg"
    CLS = "cls"
    IOC = "ioc"
    FOK = "fok"


class OrderClass(StrEnum):
    SIMPLE = "simple"
    BRACKET = "bracket"
    OCO = "oco"
    OTO = "oto"


class PositionIntent(StrEnum):
    BUY_TO_OPEN = "buy_to_open"
    BUY_TO_CLOSE = "buy_to_close"
    SELL_TO_OPEN = "sell_to_open"
    SELL_TO_CLOSE = "sell_to_close"


class OrderStatus(StrEnum):
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    DONE_FOR_DAY = "done_for_day"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REPLACED = "replaced"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    PENDING_REVIEW = "pending_review"
    ACCEPTED = "accepted"
    PENDING_NEW = "pending_new"
    ACCEPTED_FOR_BIDDING = "accepted_for_bidding"
    STOPPED = "stopped"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"
    HELD = "held"


class OrderEvent(StrEnum):
    ACCEPTED = "accepted"
    PENDING_NEW = "pending_new"
    NEW = "new"
    HELD = "held"
    TRIGGERED = "triggered"
    PARTIAL_FILL = "partial_fill"
    FILL = "fill"
    DONE_FOR_DAY = "done_for_day"
    PENDING_CANCEL = "pending_cancel"
    CANCELED = "canceled"
    CANCEL_REJECTED = "order_cancel_rejected"
    PENDING_REPLACE = "pending_replace"
    REPLACED = "replaced"
    REPLACE_REJECTED = "order_replace_rejected"
    EXPIRED = "expired"
    REJECTED = "rejected"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    CALCULATED = "calculated"


class LedgerKind(StrEnum):
    CASH = "cash"
    FUNDING = "funding"
    SECURITIES = "securities"
    REALIZED_PROFIT = "realized_profit"
    FEES = "fees"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    SHARES = "shares"
    MARKET = "market"


class TransferPhase(StrEnum):
    SINGLE = "single"
    PENDING = "pending"
    POST = "post"
    VOID = "void"


class TransferReason(StrEnum):
    OPENING = "opening"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    ORDER = "order"
    PURCHASE = "purchase"
    SALE = "sale"
    COST = "cost"
    REALIZED_PROFIT = "realized_profit"
    FEE = "fee"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    SPLIT = "split"
    CORRECTION = "correction"


class RiskLimit(StrEnum):
    MAX_ORDER_VALUE = "MAX_ORDER_VALUE"
    MAX_POSITION_SIZE = "MAX_POSITION_SIZE"
    MAX_CONCENTRATION = "MAX_CONCENTRATION"
    MAX_DAILY_LOSS = "MAX_DAILY_LOSS"


class Restriction(StrEnum):
    HALT = "HALT"
    CLOSE_ONLY = "CLOSE_ONLY"
    REDUCED = "REDUCED"


class ActorKind(StrEnum):
    USER = "user"
    SERVICE = "service"
    WORKER = "worker"


class AuditOutcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
