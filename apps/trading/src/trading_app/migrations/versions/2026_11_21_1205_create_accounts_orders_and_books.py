"""Create accounts, instruments, orders, fills and the books

Makes the sixteen tables of trading, the function and triggers that move updated_at, those that keep executions,
order_events, ledger_transfers, ledger_entries and audit_logs append-only, and the one that lets an order take only
the statuses that may follow its present one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a83e61b0c95d"
down_revision = None
branch_labels = None
depends_on = None
requires = {"platform": "5f0c2a91d7e4"}  # its user, which owns accounts and is a member of them

TEXT = sa.Text()
UUID = sa.Uuid()
TIMESTAMP = sa.DateTime(timezone=True)
BYTES = sa.LargeBinary()
BOOLEAN = sa.Boolean()
INTEGER = sa.Integer()
SMALLINT = sa.SmallInteger()
BIGINT = sa.BigInteger()
DATE = sa.Date()
INET = postgresql.INET()
JSONB = postgresql.JSONB()
TEXTS = postgresql.ARRAY(sa.Text())
CASH = sa.Numeric(20, 2)
QUANTITY = sa.Numeric(20, 9)
PRICE = sa.Numeric(20, 8)
EXACT_VALUE = sa.Numeric(38, 17)
AMOUNT = sa.Numeric(27, 9)

TOUCH_UPDATED_AT = """
CREATE FUNCTION trading.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$
"""

REFUSE_CHANGE = """
CREATE FUNCTION trading.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation',
        MESSAGE = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME || ' is append-only, ' || TG_OP || ' refused: ' || TG_ARGV[0];
END
$$
"""

REFUSE_ILLEGAL_TRANSITION = """
CREATE FUNCTION trading.refuse_illegal_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE OLD.status
        WHEN 'pending_new' THEN NEW.status IN ('accepted', 'pending_review', 'new', 'held', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'rejected', 'suspended')
        WHEN 'pending_review' THEN NEW.status IN ('accepted', 'new', 'pending_cancel', 'canceled', 'expired', 'rejected')
        WHEN 'accepted' THEN NEW.status IN ('accepted_for_bidding', 'new', 'held', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'rejected', 'stopped', 'suspended')
        WHEN 'accepted_for_bidding' THEN NEW.status IN ('new', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'rejected', 'stopped')
        WHEN 'held' THEN NEW.status IN ('accepted', 'new', 'pending_cancel', 'canceled', 'expired', 'pending_replace', 'replaced', 'rejected')
        WHEN 'new' THEN NEW.status IN ('partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'pending_replace', 'replaced', 'done_for_day', 'stopped', 'suspended', 'calculated', 'rejected')
        WHEN 'partially_filled' THEN NEW.status IN ('filled', 'pending_cancel', 'canceled', 'expired', 'pending_replace', 'replaced', 'done_for_day', 'stopped', 'suspended', 'calculated')
        WHEN 'pending_cancel' THEN NEW.status IN ('canceled', 'expired', 'accepted', 'new', 'held', 'partially_filled', 'filled')
        WHEN 'pending_replace' THEN NEW.status IN ('replaced', 'new', 'held', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired')
        WHEN 'stopped' THEN NEW.status IN ('partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired')
        WHEN 'suspended' THEN NEW.status IN ('accepted', 'new', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'rejected')
        WHEN 'calculated' THEN NEW.status IN ('done_for_day', 'new', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired')
        WHEN 'done_for_day' THEN NEW.status IN ('calculated', 'new', 'partially_filled', 'filled', 'pending_cancel', 'canceled', 'expired', 'pending_replace', 'replaced')
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

ONLY_LEGAL_TRANSITIONS = """
CREATE TRIGGER orders_refuse_illegal_transition BEFORE UPDATE ON trading.orders FOR EACH ROW
WHEN (NEW.status IS DISTINCT FROM OLD.status)
EXECUTE FUNCTION trading.refuse_illegal_transition()
"""


def upgrade() -> None:
    op.execute(TOUCH_UPDATED_AT)
    op.execute(REFUSE_CHANGE)
    op.execute(REFUSE_ILLEGAL_TRANSITION)
    _create_instruments()
    _create_trading_sessions()
    _create_quotes()
    _create_accounts()
    _create_account_members()
    _create_orders()
    _create_executions()
    _create_order_events()
    _create_positions()
    _create_ledger_accounts()
    _create_ledger_transfers()
    _create_ledger_entries()
    _create_risk_limits()
    _create_restrictions()
    _create_idempotency_keys()
    _create_audit_logs()


def downgrade() -> None:
    for table in (
        "audit_logs",
        "idempotency_keys",
        "restrictions",
        "risk_limits",
        "ledger_entries",
        "ledger_transfers",
        "ledger_accounts",
        "positions",
        "order_events",
        "executions",
        "orders",
        "account_members",
        "accounts",
        "quotes",
        "trading_sessions",
        "instruments",
    ):
        op.drop_table(table, schema="trading")
    op.execute("DROP FUNCTION trading.refuse_illegal_transition()")
    op.execute("DROP FUNCTION trading.refuse_change()")
    op.execute("DROP FUNCTION trading.touch_updated_at()")


def _column(
    name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False, default: str | None = None
) -> sa.Column[Any]:
    server_default = None if default is None else sa.text(default)
    return sa.Column(name, kind, nullable=null, server_default=server_default, comment=comment)


def _id() -> sa.Column[Any]:
    return _column("id", UUID, "UUIDv7: its order is the order of creation", default="uuidv7()")


def _account_id() -> sa.Column[Any]:
    return _column("account_id", UUID, "The trading account that the row belongs to")


def _created_at() -> sa.Column[Any]:
    return _column("created_at", TIMESTAMP, "When the row was written", default="now()")


def _updated_at() -> sa.Column[Any]:
    comment = "When the row last changed; a trigger moves it unless the writer did"
    return _column("updated_at", TIMESTAMP, comment, default="now()")


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def _touch_updated_at(table: str) -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_touch_updated_at BEFORE UPDATE ON trading."{table}" FOR EACH ROW
        WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at)
        EXECUTE FUNCTION trading.touch_updated_at()
    """)


def _append_only(table: str, why: str) -> None:
    refuse = f"EXECUTE FUNCTION trading.refuse_change('{why}')"
    op.execute(
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON trading.{table} FOR EACH ROW {refuse}"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON trading.{table} FOR EACH STATEMENT {refuse}"
    )


def _create_instruments() -> None:
    op.create_table(
        "instruments",
        _id(),
        _column("symbol", TEXT, "Ticker symbol, such as AAPL or BRK.B"),
        _column("name", TEXT, "The issuer's or the fund's name"),
        _column("exchange", TEXT, "Where it is listed, in Alpaca's words"),
        _column("mic", TEXT, "ISO 10383 code of the exchange whose trading_sessions apply", default="'XNYS'"),
        _column("asset_class", TEXT, "As Alpaca's class", default="'us_equity'"),
        _column("status", TEXT, "inactive: kept for its history", default="'active'"),
        _column("currency", TEXT, "ISO 4217 code of its prices", default="'USD'"),
        _column("tradable", BOOLEAN, "Whether orders are taken", default="true"),
        _column("fractionable", BOOLEAN, "Whether parts of one are traded", default="false"),
        _column("marginable", BOOLEAN, "Whether it can be bought on margin", default="false"),
        _column("shortable", BOOLEAN, "Whether it can be sold short", default="false"),
        _column("easy_to_borrow", BOOLEAN, "Whether it is lent freely", default="false"),
        _column("tick_size", PRICE, "Step of limit and stop prices from 1 up", default="0.01"),
        _column("sub_dollar_tick_size", PRICE, "Step of limit and stop prices below 1", default="0.0001"),
        _column("lot_size", QUANTITY, "Step of quantities, if not fractionable", default="1"),
        _column("min_order_size", QUANTITY, "Smallest quantity of an order", default="0.000000001"),
        _column("attributes", TEXTS, "Alpaca's attributes, such as ptp_no_exception", default="'{}'"),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_instruments"),
        sa.UniqueConstraint("symbol", name="uq_instruments_symbol"),
        _check(
            "ck_instruments_exchange",
            "exchange IN ('AMEX', 'ARCA', 'BATS', 'NASDAQ', 'NYSE', 'NYSEARCA', 'OTC', 'CRYPTO')",
        ),
        _check("ck_instruments_asset_class", "asset_class IN ('us_equity', 'us_option', 'crypto')"),
        _check("ck_instruments_status", "status IN ('active', 'inactive')"),
        _check("ck_instruments_symbol", "symbol <> '' AND symbol = upper(symbol)"),
        _check("ck_instruments_mic", "mic ~ '^[A-Z0-9]{4}$'"),
        _check("ck_instruments_currency", "currency ~ '^[A-Z]{3}$'"),
        _check("ck_instruments_tick_size", "tick_size > 0 AND sub_dollar_tick_size > 0"),
        _check("ck_instruments_lot_size", "lot_size > 0 AND min_order_size > 0"),
        schema="trading",
        comment="What can be traded",
    )
    op.create_index(
        "ix_instruments_asset_class_status_symbol",
        "instruments",
        ["asset_class", "status", "symbol"],
        schema="trading",
    )
    op.create_index("ix_instruments_exchange_symbol", "instruments", ["exchange", "symbol"], schema="trading")
    op.create_index("ix_instruments_mic", "instruments", ["mic"], schema="trading")
    _touch_updated_at("instruments")


def _create_trading_sessions() -> None:
    op.create_table(
        "trading_sessions",
        _column("mic", TEXT, "ISO 10383 code of the exchange"),
        _column("session_date", DATE, "The day at the exchange; no row: closed all day"),
        _column("time_zone", TEXT, "IANA name of the exchange's time zone"),
        _column("pre_market_opens_at", TIMESTAMP, "Start of extended hours before the session", null=True),
        _column("opens_at", TIMESTAMP, "Start of the regular session"),
        _column("closes_at", TIMESTAMP, "End of the regular session; day orders expire"),
        _column("after_hours_closes_at", TIMESTAMP, "End of extended hours after the session", null=True),
        _column("early_close", BOOLEAN, "Whether it is a half day", default="false"),
        _column("settlement_date", DATE, "The day on which this session's trades settle", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("mic", "session_date", name="pk_trading_sessions"),
        _check("ck_trading_sessions_mic", "mic ~ '^[A-Z0-9]{4}$'"),
        _check("ck_trading_sessions_closes_at", "opens_at < closes_at"),
        _check("ck_trading_sessions_pre_market_opens_at", "pre_market_opens_at <= opens_at"),
        _check("ck_trading_sessions_after_hours_closes_at", "after_hours_closes_at >= closes_at"),
        _check("ck_trading_sessions_settlement_date", "settlement_date >= session_date"),
        schema="trading",
        comment="When the exchanges are open",
    )
    op.create_index(
        "ix_trading_sessions_mic_closes_at", "trading_sessions", ["mic", "closes_at"], schema="trading"
    )
    _touch_updated_at("trading_sessions")


def _create_quotes() -> None:
    op.create_table(
        "quotes",
        _column("instrument_id", UUID, "Of what"),
        _column("quoted_at", TIMESTAMP, "The market's time of the quote; only a later one replaces it"),
        _column("bid_price", PRICE, "Best bid; null: nobody buys", null=True),
        _column("bid_size", QUANTITY, "Displayed size of the bid", default="0"),
        _column("bid_taken", QUANTITY, "How much of it fills have used up", default="0"),
        _column("ask_price", PRICE, "Best offer; null: nobody sells", null=True),
        _column("ask_size", QUANTITY, "Displayed size of the offer", default="0"),
        _column("ask_taken", QUANTITY, "How much of it fills have used up", default="0"),
        _column("last_price", PRICE, "Price of the last trade, which triggers stops", null=True),
        _column("last_size", QUANTITY, "Size of the last trade", null=True),
        _column("last_traded_at", TIMESTAMP, "The market's time of the last trade", null=True),
        _column("previous_close", PRICE, "Closing price of the session before", null=True),
        _column("previous_close_on", DATE, "The day of that session", null=True),
        _column("version", BIGINT, "Counts the quotes taken in", default="1"),
        _column(
            "matched_version",
            BIGINT,
            "The last version that open orders have been matched against; behind version: work to do",
            default="0",
        ),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("instrument_id", name="pk_quotes"),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["trading.instruments.id"], name="fk_quotes_instrument_id", ondelete="RESTRICT"
        ),
        _check("ck_quotes_bid_price", "bid_price > 0"),
        _check("ck_quotes_ask_price", "ask_price > 0"),
        _check("ck_quotes_last_price", "last_price > 0"),
        _check("ck_quotes_last_size", "last_size >= 0"),
        _check("ck_quotes_previous_close", "previous_close > 0"),
        _check("ck_quotes_bid_taken", "bid_taken >= 0 AND bid_taken <= bid_size"),
        _check("ck_quotes_ask_taken", "ask_taken >= 0 AND ask_taken <= ask_size"),
        _check("ck_quotes_bid_size", "bid_price IS NOT NULL OR bid_size = 0"),
        _check("ck_quotes_ask_size", "ask_price IS NOT NULL OR ask_size = 0"),
        _check("ck_quotes_last_traded_at", "(last_price IS NULL) = (last_traded_at IS NULL)"),
        _check("ck_quotes_previous_close_on", "(previous_close IS NULL) = (previous_close_on IS NULL)"),
        _check("ck_quotes_matched_version", "matched_version >= 0 AND matched_version <= version"),
        schema="trading",
        comment="The latest quote and trade of each instrument",
    )
    op.create_index(
        "ix_quotes_unmatched",
        "quotes",
        ["quoted_at"],
        schema="trading",
        postgresql_where="matched_version < version",
    )
    _touch_updated_at("quotes")


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        _id(),
        _column("owner_id", UUID, "Whose account it is; a user who owns accounts cannot be deleted"),
        sa.Column(
            "number",
            BIGINT,
            sa.Identity(always=True, start=100_000_001),
            nullable=False,
            comment="The number that people are shown; different for every account, as only the database gives it",
        ),
        _column("name", TEXT, "What its owner calls it", default="''"),
        _column("status", TEXT, "As Alpaca's account status", default="'ACTIVE'"),
        _column("currency", TEXT, "ISO 4217 code that its cash is in", default="'USD'"),
        _column("kind", TEXT, "cash: buys with its own money, never short", default="'cash'"),
        _column(
            "opening_cash",
            CASH,
            "Play money it was opened with; the ledger's first transfer",
            default="100000.00",
        ),
        _column("account_blocked", BOOLEAN, "Nothing may be done", default="false"),
        _column("trading_blocked", BOOLEAN, "No order may be placed", default="false"),
        _column("transfers_blocked", BOOLEAN, "No money may come or go", default="false"),
        _column("suspend_trade", BOOLEAN, "Setting: its owner refuses new orders", default="false"),
        _column("no_shorting", BOOLEAN, "Setting: only long positions", default="true"),
        _column("fractional_trading", BOOLEAN, "Setting: parts of a share", default="true"),
        _column(
            "max_margin_multiplier",
            SMALLINT,
            "Setting: buying power as a multiple of the equity",
            default="1",
        ),
        _column("max_options_trading_level", SMALLINT, "Setting: 0, no options", default="0"),
        _column("dtbp_check", TEXT, "Setting: day-trading buying power", default="'entry'"),
        _column("pdt_check", TEXT, "Setting: pattern day trading", default="'entry'"),
        _column(
            "ptp_no_exception_entry",
            BOOLEAN,
            "Setting: publicly traded partnerships without withholding exception",
            default="false",
        ),
        _column("trade_confirm_email", TEXT, "Setting: mails about fills", default="'all'"),
        _column("closed_at", TIMESTAMP, "When it was closed; a closed account is kept", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["platform.user.id"], name="fk_accounts_owner_id", ondelete="RESTRICT"
        ),
        _check("ck_accounts_status", "status IN ('ACTIVE', 'INACTIVE', 'DISABLED', 'ACCOUNT_CLOSED')"),
        _check("ck_accounts_kind", "kind IN ('cash')"),
        _check("ck_accounts_dtbp_check", "dtbp_check IN ('both', 'entry', 'exit')"),
        _check("ck_accounts_pdt_check", "pdt_check IN ('both', 'entry', 'exit')"),
        _check("ck_accounts_trade_confirm_email", "trade_confirm_email IN ('all', 'none')"),
        _check("ck_accounts_currency", "currency ~ '^[A-Z]{3}$'"),
        _check("ck_accounts_opening_cash", "opening_cash >= 0"),
        _check("ck_accounts_max_margin_multiplier", "max_margin_multiplier IN (1, 2, 4)"),
        _check("ck_accounts_max_options_trading_level", "max_options_trading_level BETWEEN 0 AND 3"),
        _check("ck_accounts_closed_at", "(status = 'ACCOUNT_CLOSED') = (closed_at IS NOT NULL)"),
        schema="trading",
        comment="Trading accounts",
    )
    op.create_index("ix_accounts_number", "accounts", ["number"], schema="trading")
    op.create_index("ix_accounts_owner_id", "accounts", ["owner_id"], schema="trading")
    _touch_updated_at("accounts")


def _create_account_members() -> None:
    op.create_table(
        "account_members",
        _account_id(),
        _column("user_id", UUID, "Who; with the user goes the membership"),
        _column(
            "role", TEXT, "OWNER: everything; ADMIN: members and settings; TRADER: orders; VIEWER: reading"
        ),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "user_id", name="pk_account_members"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_account_members_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["platform.user.id"], name="fk_account_members_user_id", ondelete="CASCADE"
        ),
        _check("ck_account_members_role", "role IN ('OWNER', 'ADMIN', 'TRADER', 'VIEWER')"),
        schema="trading",
        comment="Who may do what with an account",
    )
    op.create_index("ix_account_members_user_id", "account_members", ["user_id"], schema="trading")
    op.create_index(
        "uq_account_members_owner",
        "account_members",
        ["account_id"],
        unique=True,
        schema="trading",
        postgresql_where="role = 'OWNER'",
    )
    _touch_updated_at("account_members")


def _create_orders() -> None:
    op.create_table(
        "orders",
        _account_id(),
        _id(),
        _column("instrument_id", UUID, "What to trade"),
        _column("client_order_id", TEXT, "The client's name for the order, used once per account"),
        _column(
            "request_hash",
            BYTES,
            "SHA-256 of the request: the same client_order_id with another one is a conflict",
            null=True,
        ),
        _column(
            "placed_by",
            UUID,
            "Who placed it; kept when the user is gone. Null: the venue, for a leg",
            null=True,
        ),
        _column("side", TEXT, "buy or sell"),
        _column("type", TEXT, "market, limit, stop, stop_limit or trailing_stop"),
        _column("time_in_force", TEXT, "How long it works: day, gtc, opg, cls, ioc or fok"),
        _column("order_class", TEXT, "How it is tied to other orders", default="'simple'"),
        _column("position_intent", TEXT, "Whether it is to open or to close a position", null=True),
        _column("status", TEXT, "Where it is; the next one must be in order_transitions"),
        _column("qty", QUANTITY, "How many; null where notional says how much", null=True),
        _column("notional", CASH, "For how much money; null where qty says how many", null=True),
        _column("filled_qty", QUANTITY, "How many are filled", default="0"),
        _column(
            "filled_value",
            EXACT_VALUE,
            "Sum of quantity times price over its executions, not rounded: divided by filled_qty, the average price",
            default="0",
        ),
        _column("limit_price", PRICE, "The worst price it takes: of limit and stop_limit orders", null=True),
        _column(
            "stop_price",
            PRICE,
            "The trade price that wakes it: of stop orders, moving for trailing ones",
            null=True,
        ),
        _column("trail_price", PRICE, "Distance of a trailing stop, in money", null=True),
        _column("trail_percent", sa.Numeric(8, 4), "Distance of a trailing stop, in percent", null=True),
        _column("hwm", PRICE, "Best price seen by a trailing stop", null=True),
        _column("extended_hours", BOOLEAN, "Whether it works before and after hours", default="false"),
        _column(
            "reserved",
            AMOUNT,
            "What its pending transfer still holds: cash for a buy, shares for a sell",
            default="0",
        ),
        _column("version", INTEGER, "Counts the order's events", default="1"),
        _column("parent_id", UUID, "The order that this one is a leg of", null=True),
        _column("replaces", UUID, "The order that this one took the place of", null=True),
        _column("replaced_by", UUID, "The order that took this one's place", null=True),
        _column("reject_reason", TEXT, "Machine-readable reason of a rejection", null=True),
        _column("submitted_at", TIMESTAMP, "When it reached the venue", default="now()"),
        _column("triggered_at", TIMESTAMP, "When its stop price was traded", null=True),
        _column("filled_at", TIMESTAMP, "When it was filled in full", null=True),
        _column("expires_at", TIMESTAMP, "When it expires, if nothing happens before", null=True),
        _column("expired_at", TIMESTAMP, "When it expired", null=True),
        _column("canceled_at", TIMESTAMP, "When it was canceled", null=True),
        _column("replaced_at", TIMESTAMP, "When another took its place", null=True),
        _column("failed_at", TIMESTAMP, "When it was rejected", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_orders"),
        sa.UniqueConstraint("account_id", "client_order_id", name="uq_orders_client_order_id"),
        sa.ForeignKeyConstraint(
            ["account_id", "parent_id"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_orders_parent_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "replaces"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_orders_replaces",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "replaced_by"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_orders_replaced_by",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_orders_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["trading.instruments.id"], name="fk_orders_instrument_id", ondelete="RESTRICT"
        ),
        _check("ck_orders_side", "side IN ('buy', 'sell')"),
        _check("ck_orders_type", "type IN ('market', 'limit', 'stop', 'stop_limit', 'trailing_stop')"),
        _check("ck_orders_time_in_force", "time_in_force IN ('day', 'gtc', 'opg', 'cls', 'ioc', 'fok')"),
        _check("ck_orders_order_class", "order_class IN ('simple', 'bracket', 'oco', 'oto')"),
        _check(
            "ck_orders_position_intent",
            "position_intent IN ('buy_to_open', 'buy_to_close', 'sell_to_open', 'sell_to_close')",
        ),
        _check(
            "ck_orders_status",
            "status IN ('new', 'partially_filled', 'filled', 'done_for_day', 'canceled', 'expired', 'replaced', 'pending_cancel', 'pending_replace', 'pending_review', 'accepted', 'pending_new', 'accepted_for_bidding', 'stopped', 'rejected', 'suspended', 'calculated', 'held')",
        ),
        _check("ck_orders_client_order_id", "char_length(client_order_id) BETWEEN 1 AND 128"),
        _check("ck_orders_request_hash", "octet_length(request_hash) = 32"),
        _check("ck_orders_qty_or_notional", "num_nonnulls(qty, notional) = 1"),
        _check("ck_orders_qty", "qty > 0"),
        _check("ck_orders_notional", "notional > 0"),
        _check("ck_orders_filled_qty", "filled_qty >= 0 AND filled_qty <= coalesce(qty, filled_qty)"),
        _check("ck_orders_filled_value", "sign(filled_value) = sign(filled_qty)"),
        _check(
            "ck_orders_limit_price",
            "(type IN ('limit', 'stop_limit')) = (limit_price IS NOT NULL) AND limit_price > 0",
        ),
        _check(
            "ck_orders_stop_price",
            "CASE WHEN type IN ('stop', 'stop_limit') THEN stop_price IS NOT NULL ELSE type = 'trailing_stop' OR stop_price IS NULL END AND stop_price > 0",
        ),
        _check(
            "ck_orders_trail",
            "num_nonnulls(trail_price, trail_percent) = CASE type WHEN 'trailing_stop' THEN 1 ELSE 0 END",
        ),
        _check("ck_orders_trail_price", "trail_price > 0"),
        _check("ck_orders_trail_percent", "trail_percent > 0 AND trail_percent < 100"),
        _check("ck_orders_hwm", "hwm IS NULL OR type = 'trailing_stop' AND hwm > 0"),
        _check("ck_orders_extended_hours", "NOT extended_hours OR type = 'limit' AND time_in_force = 'day'"),
        _check(
            "ck_orders_reserved",
            "reserved >= 0 AND (reserved = 0 OR status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced'))",
        ),
        _check("ck_orders_version", "version > 0"),
        _check("ck_orders_other_order", "id NOT IN (parent_id, replaces, replaced_by)"),
        _check(
            "ck_orders_filled",
            "CASE status WHEN 'filled' THEN filled_qty > 0 AND filled_qty = coalesce(qty, filled_qty) WHEN 'partially_filled' THEN filled_qty > 0 AND filled_qty IS DISTINCT FROM qty ELSE filled_qty IS DISTINCT FROM qty END",
        ),
        _check("ck_orders_filled_at", "(status = 'filled') = (filled_at IS NOT NULL)"),
        _check("ck_orders_expired_at", "(status = 'expired') = (expired_at IS NOT NULL)"),
        _check("ck_orders_canceled_at", "(status = 'canceled') = (canceled_at IS NOT NULL)"),
        _check("ck_orders_failed_at", "(status = 'rejected') = (failed_at IS NOT NULL)"),
        _check(
            "ck_orders_replaced_at",
            "(status = 'replaced') = (replaced_at IS NOT NULL) AND (status = 'replaced') = (replaced_by IS NOT NULL)",
        ),
        schema="trading",
        comment="Orders, in Alpaca's words",
    )
    op.create_index(
        "ix_orders_book",
        "orders",
        ["instrument_id", "side", "limit_price", "submitted_at"],
        schema="trading",
        postgresql_where="status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')",
    )
    op.create_index(
        "ix_orders_expires_at",
        "orders",
        ["expires_at"],
        schema="trading",
        postgresql_where="status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')",
    )
    op.create_index(
        "ix_orders_instrument_id", "orders", ["instrument_id", "account_id", "submitted_at"], schema="trading"
    )
    op.create_index(
        "ix_orders_open",
        "orders",
        ["account_id", "submitted_at", "id"],
        schema="trading",
        postgresql_where="status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')",
    )
    op.create_index(
        "ix_orders_parent_id",
        "orders",
        ["account_id", "parent_id"],
        schema="trading",
        postgresql_where="parent_id IS NOT NULL",
    )
    op.create_index(
        "ix_orders_replaced_by",
        "orders",
        ["account_id", "replaced_by"],
        schema="trading",
        postgresql_where="replaced_by IS NOT NULL",
    )
    op.create_index(
        "ix_orders_replaces",
        "orders",
        ["account_id", "replaces"],
        schema="trading",
        postgresql_where="replaces IS NOT NULL",
    )
    op.create_index(
        "ix_orders_stops",
        "orders",
        ["instrument_id", "side", "stop_price"],
        schema="trading",
        postgresql_where="triggered_at IS NULL AND stop_price IS NOT NULL AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')",
    )
    op.create_index(
        "ix_orders_submitted_at", "orders", ["account_id", "submitted_at", "id"], schema="trading"
    )
    _touch_updated_at("orders")
    op.execute(ONLY_LEGAL_TRANSITIONS)


def _create_executions() -> None:
    op.create_table(
        "executions",
        _account_id(),
        _id(),
        _column("sequence", BIGINT, "1, 2, 3 … per account: the order in which the books took them"),
        _column("order_id", UUID, "The order it fills"),
        _column("instrument_id", UUID, "What was traded"),
        _column("side", TEXT, "buy or sell"),
        _column("qty", QUANTITY, "How many"),
        _column("price", PRICE, "Price of one"),
        _column("amount", CASH, "qty times price, rounded once, half to even"),
        _column("fee", CASH, "Fee, besides the amount", default="0"),
        _column("realized_profit", CASH, "Gain or loss that it made real", default="0"),
        _column("cum_qty", QUANTITY, "Filled of the order, with this one"),
        _column(
            "leaves_qty",
            QUANTITY,
            "Left of the order, after this one; null where it has no quantity",
            null=True,
        ),
        _column("executed_at", TIMESTAMP, "When, by the venue's clock"),
        _column("quoted_at", TIMESTAMP, "The market's time of the quote it was filled against"),
        _column("bid_price", PRICE, "That quote's best bid", null=True),
        _column("bid_size", QUANTITY, "Displayed size there", null=True),
        _column("ask_price", PRICE, "That quote's best offer", null=True),
        _column("ask_size", QUANTITY, "Displayed size there", null=True),
        _column("last_price", PRICE, "The last trade, as then known", null=True),
        _created_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_executions"),
        sa.UniqueConstraint("account_id", "order_id", "cum_qty", name="uq_executions_order_id_cum_qty"),
        sa.UniqueConstraint("account_id", "sequence", name="uq_executions_sequence"),
        sa.ForeignKeyConstraint(
            ["account_id", "order_id"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_executions_order_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["trading.instruments.id"],
            name="fk_executions_instrument_id",
            ondelete="RESTRICT",
        ),
        _check("ck_executions_side", "side IN ('buy', 'sell')"),
        _check("ck_executions_sequence", "sequence > 0"),
        _check("ck_executions_qty", "qty > 0"),
        _check("ck_executions_price", "price > 0"),
        _check("ck_executions_amount", "amount >= 0 AND abs(amount - qty * price) <= 0.005"),
        _check("ck_executions_fee", "fee >= 0"),
        _check("ck_executions_cum_qty", "cum_qty >= qty"),
        _check("ck_executions_leaves_qty", "leaves_qty >= 0"),
        schema="trading",
        comment="Fills: what was traded, at which price, and against which quote",
    )
    op.create_index(
        "ix_executions_executed_at_id", "executions", ["account_id", "executed_at", "id"], schema="trading"
    )
    op.create_index(
        "ix_executions_instrument_id",
        "executions",
        ["instrument_id", "account_id", "sequence"],
        schema="trading",
    )
    _append_only("executions", "a fill is undone by another fill")


def _create_order_events() -> None:
    op.create_table(
        "order_events",
        _account_id(),
        _id(),
        _column("order_id", UUID, "To which order"),
        _column("version", INTEGER, "1, 2, 3 … per order: the order's version since"),
        _column("event", TEXT, "What happened, in the words of Alpaca's trade updates"),
        _column("status", TEXT, "The order's status since"),
        _column("execution_id", UUID, "The fill, where it was one", null=True),
        _column(
            "actor_id", UUID, "Which user wanted it; kept when the user is gone. Null: the venue", null=True
        ),
        _column("reason", TEXT, "Machine-readable reason of a refusal", null=True),
        _column("details", JSONB, "What the event needs besides", default="'{}'"),
        _column("occurred_at", TIMESTAMP, "When, by the venue's clock", default="now()"),
        _created_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_order_events"),
        sa.UniqueConstraint("account_id", "order_id", "version", name="uq_order_events_order_id_version"),
        sa.ForeignKeyConstraint(
            ["account_id", "order_id"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_order_events_order_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "execution_id"],
            ["trading.executions.account_id", "trading.executions.id"],
            name="fk_order_events_execution_id",
            ondelete="RESTRICT",
        ),
        _check(
            "ck_order_events_event",
            "event IN ('accepted', 'pending_new', 'new', 'held', 'triggered', 'partial_fill', 'fill', 'done_for_day', 'pending_cancel', 'canceled', 'order_cancel_rejected', 'pending_replace', 'replaced', 'order_replace_rejected', 'expired', 'rejected', 'stopped', 'suspended', 'calculated')",
        ),
        _check(
            "ck_order_events_status",
            "status IN ('new', 'partially_filled', 'filled', 'done_for_day', 'canceled', 'expired', 'replaced', 'pending_cancel', 'pending_replace', 'pending_review', 'accepted', 'pending_new', 'accepted_for_bidding', 'stopped', 'rejected', 'suspended', 'calculated', 'held')",
        ),
        _check("ck_order_events_version", "version > 0"),
        _check(
            "ck_order_events_execution_id", "(event IN ('fill', 'partial_fill')) = (execution_id IS NOT NULL)"
        ),
        _check("ck_order_events_details", "jsonb_typeof(details) = 'object'"),
        schema="trading",
        comment="What happened to each order",
    )
    op.create_index(
        "ix_order_events_execution_id",
        "order_events",
        ["account_id", "execution_id"],
        schema="trading",
        postgresql_where="execution_id IS NOT NULL",
    )
    _append_only("order_events", "what happened to an order stays in its history")


def _create_positions() -> None:
    op.create_table(
        "positions",
        _account_id(),
        _column("instrument_id", UUID, "Of what"),
        _column("qty", QUANTITY, "How many; below zero: sold short", default="0"),
        _column(
            "cost_basis",
            CASH,
            "What all of them cost, with qty's sign; divided by qty, the average entry price",
            default="0",
        ),
        _column("realized_profit", CASH, "Gains and losses made real so far", default="0"),
        _column("version", BIGINT, "Counts the fills that made it", default="0"),
        _column("opened_at", TIMESTAMP, "When it last came to be", null=True),
        _column("closed_at", TIMESTAMP, "When it last came to nothing; a closed position is kept", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "instrument_id", name="pk_positions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_positions_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["trading.instruments.id"],
            name="fk_positions_instrument_id",
            ondelete="RESTRICT",
        ),
        _check(
            "ck_positions_cost_basis",
            "CASE sign(qty) WHEN 1 THEN cost_basis >= 0 WHEN -1 THEN cost_basis <= 0 ELSE cost_basis = 0 END",
        ),
        _check("ck_positions_version", "version >= 0"),
        schema="trading",
        comment="What each account holds of each instrument",
    )
    op.create_index("ix_positions_instrument_id", "positions", ["instrument_id"], schema="trading")
    op.create_index(
        "ix_positions_open",
        "positions",
        ["account_id", "instrument_id"],
        schema="trading",
        postgresql_where="qty <> 0",
    )
    _touch_updated_at("positions")


def _create_ledger_accounts() -> None:
    op.create_table(
        "ledger_accounts",
        _account_id(),
        _id(),
        _column(
            "kind",
            TEXT,
            "cash; funding, fees, dividends, interest, realized_profit: where cash comes from and goes to; securities: holdings at cost; shares and market: pieces held, and where pieces come from and go to",
        ),
        _column(
            "unit",
            TEXT,
            "What is counted: the currency's code, or the symbol of the shares when the account was opened",
        ),
        _column("instrument_id", UUID, "Of which instrument, for securities, shares and market", null=True),
        _column("balance", AMOUNT, "Sum of its entries", default="0"),
        _column(
            "reserved", AMOUNT, "How much of the balance pending transfers have promised away", default="0"
        ),
        _column(
            "floor", AMOUNT, "What balance less reserved may not go below; null: anything goes", null=True
        ),
        _column("version", BIGINT, "Version of its last entry", default="0"),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_ledger_accounts"),
        sa.UniqueConstraint("account_id", "id", "unit", name="uq_ledger_accounts_id_unit"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_ledger_accounts_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["trading.instruments.id"],
            name="fk_ledger_accounts_instrument_id",
            ondelete="RESTRICT",
        ),
        _check(
            "ck_ledger_accounts_kind",
            "kind IN ('cash', 'funding', 'securities', 'realized_profit', 'fees', 'dividends', 'interest', 'shares', 'market')",
        ),
        _check("ck_ledger_accounts_unit", "unit <> ''"),
        _check(
            "ck_ledger_accounts_instrument_id",
            "(kind IN ('securities', 'shares', 'market')) = (instrument_id IS NOT NULL)",
        ),
        _check("ck_ledger_accounts_reserved", "reserved >= 0"),
        _check("ck_ledger_accounts_floor", "floor IS NULL OR balance - reserved >= floor"),
        _check("ck_ledger_accounts_floored", "kind NOT IN ('cash', 'shares') OR floor IS NOT NULL"),
        _check(
            "ck_ledger_accounts_cents",
            "kind IN ('shares', 'market') OR balance = round(balance, 2) AND reserved = round(reserved, 2)",
        ),
        _check("ck_ledger_accounts_version", "version >= 0"),
        schema="trading",
        comment="The accounts of the double-entry books of each trading account",
    )
    op.create_index(
        "ix_ledger_accounts_instrument_id",
        "ledger_accounts",
        ["instrument_id"],
        schema="trading",
        postgresql_where="instrument_id IS NOT NULL",
    )
    op.create_index(
        "uq_ledger_accounts_kind_instrument_id",
        "ledger_accounts",
        ["account_id", "kind", "instrument_id"],
        unique=True,
        schema="trading",
        postgresql_where="instrument_id IS NOT NULL",
    )
    op.create_index(
        "uq_ledger_accounts_kind_unit",
        "ledger_accounts",
        ["account_id", "kind", "unit"],
        unique=True,
        schema="trading",
        postgresql_where="instrument_id IS NULL",
    )
    _touch_updated_at("ledger_accounts")


def _create_ledger_transfers() -> None:
    op.create_table(
        "ledger_transfers",
        _account_id(),
        _id(),
        _column(
            "phase",
            TEXT,
            "single: moves at once; pending: reserves at from and moves nothing; post: moves a reserved amount; void: releases a reservation and moves nothing",
            default="'single'",
        ),
        _column("reason", TEXT, "What it is for"),
        _column("from_id", UUID, "The ledger account that gives"),
        _column("to_id", UUID, "The ledger account that gets"),
        _column("unit", TEXT, "What is counted, the same at both ends"),
        _column("amount", AMOUNT, "How much is moved, reserved or released"),
        _column(
            "released",
            AMOUNT,
            "How much of the pending transfer's reservation it ends; more than amount where the fill was cheap",
            default="0",
        ),
        _column("pending_id", UUID, "The pending transfer that it posts or voids", null=True),
        _column("order_id", UUID, "The order that it is for", null=True),
        _column("execution_id", UUID, "The fill that it books", null=True),
        _column("corrects_id", UUID, "The transfer that it makes good", null=True),
        _column("description", TEXT, "For people", null=True),
        _column("occurred_at", TIMESTAMP, "When, by the venue's clock", default="now()"),
        _created_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_ledger_transfers"),
        sa.ForeignKeyConstraint(
            ["account_id", "from_id", "unit"],
            [
                "trading.ledger_accounts.account_id",
                "trading.ledger_accounts.id",
                "trading.ledger_accounts.unit",
            ],
            name="fk_ledger_transfers_from_id_unit",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "to_id", "unit"],
            [
                "trading.ledger_accounts.account_id",
                "trading.ledger_accounts.id",
                "trading.ledger_accounts.unit",
            ],
            name="fk_ledger_transfers_to_id_unit",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "pending_id"],
            ["trading.ledger_transfers.account_id", "trading.ledger_transfers.id"],
            name="fk_ledger_transfers_pending_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "order_id"],
            ["trading.orders.account_id", "trading.orders.id"],
            name="fk_ledger_transfers_order_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "execution_id"],
            ["trading.executions.account_id", "trading.executions.id"],
            name="fk_ledger_transfers_execution_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "corrects_id"],
            ["trading.ledger_transfers.account_id", "trading.ledger_transfers.id"],
            name="fk_ledger_transfers_corrects_id",
            ondelete="RESTRICT",
        ),
        _check("ck_ledger_transfers_phase", "phase IN ('single', 'pending', 'post', 'void')"),
        _check(
            "ck_ledger_transfers_reason",
            "reason IN ('opening', 'deposit', 'withdrawal', 'order', 'purchase', 'sale', 'cost', 'realized_profit', 'fee', 'dividend', 'interest', 'split', 'correction')",
        ),
        _check("ck_ledger_transfers_amount", "amount > 0"),
        _check("ck_ledger_transfers_to_id", "from_id <> to_id"),
        _check("ck_ledger_transfers_pending_id", "(phase IN ('post', 'void')) = (pending_id IS NOT NULL)"),
        _check(
            "ck_ledger_transfers_released",
            "CASE phase WHEN 'post' THEN released > 0 WHEN 'void' THEN released = amount ELSE released = 0 END",
        ),
        _check("ck_ledger_transfers_corrects_id", "(reason = 'correction') = (corrects_id IS NOT NULL)"),
        schema="trading",
        comment="What moved in the books: from one ledger account to another, so that they always balance",
    )
    op.create_index(
        "ix_ledger_transfers_activities",
        "ledger_transfers",
        ["account_id", "occurred_at", "id"],
        schema="trading",
        postgresql_where="phase = 'single' AND execution_id IS NULL",
    )
    op.create_index(
        "ix_ledger_transfers_corrects_id",
        "ledger_transfers",
        ["account_id", "corrects_id"],
        schema="trading",
        postgresql_where="corrects_id IS NOT NULL",
    )
    op.create_index(
        "ix_ledger_transfers_execution_id",
        "ledger_transfers",
        ["account_id", "execution_id"],
        schema="trading",
        postgresql_where="execution_id IS NOT NULL",
    )
    op.create_index(
        "ix_ledger_transfers_from_id_unit",
        "ledger_transfers",
        ["account_id", "from_id", "unit"],
        schema="trading",
    )
    op.create_index(
        "ix_ledger_transfers_order_id",
        "ledger_transfers",
        ["account_id", "order_id"],
        schema="trading",
        postgresql_where="order_id IS NOT NULL",
    )
    op.create_index(
        "ix_ledger_transfers_pending_id",
        "ledger_transfers",
        ["account_id", "pending_id"],
        schema="trading",
        postgresql_where="pending_id IS NOT NULL",
    )
    op.create_index(
        "ix_ledger_transfers_to_id_unit",
        "ledger_transfers",
        ["account_id", "to_id", "unit"],
        schema="trading",
    )
    _append_only("ledger_transfers", "a wrong booking is made good by another")


def _create_ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        _account_id(),
        _column("ledger_account_id", UUID, "Whose balance moved"),
        _column("version", BIGINT, "1, 2, 3 … per ledger account, without a gap"),
        _column("transfer_id", UUID, "What moved it"),
        _column("amount", AMOUNT, "By how much; below zero: it gave"),
        _column("balance_before", AMOUNT, "The balance before, as the previous version left it"),
        _column("balance_after", AMOUNT, "The balance since"),
        _created_at(),
        sa.PrimaryKeyConstraint("account_id", "ledger_account_id", "version", name="pk_ledger_entries"),
        sa.UniqueConstraint(
            "account_id",
            "transfer_id",
            "ledger_account_id",
            name="uq_ledger_entries_transfer_id_ledger_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "ledger_account_id"],
            ["trading.ledger_accounts.account_id", "trading.ledger_accounts.id"],
            name="fk_ledger_entries_ledger_account_id",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "transfer_id"],
            ["trading.ledger_transfers.account_id", "trading.ledger_transfers.id"],
            name="fk_ledger_entries_transfer_id",
            ondelete="RESTRICT",
        ),
        _check("ck_ledger_entries_version", "version > 0"),
        _check("ck_ledger_entries_amount", "amount <> 0"),
        _check("ck_ledger_entries_balance_after", "balance_after = balance_before + amount"),
        _check("ck_ledger_entries_balance_before", "version > 1 OR balance_before = 0"),
        schema="trading",
        comment="The two sides of each transfer that moved something, as each ledger account saw it",
    )
    _append_only("ledger_entries", "a wrong booking is made good by another")


def _create_risk_limits() -> None:
    op.create_table(
        "risk_limits",
        _account_id(),
        _id(),
        _column("kind", TEXT, "What is limited"),
        _column("instrument_id", UUID, "For which instrument; null: for each", null=True),
        _column(
            "value",
            AMOUNT,
            "MAX_ORDER_VALUE and MAX_DAILY_LOSS: money; MAX_POSITION_SIZE: pieces; MAX_CONCENTRATION: percent of equity",
        ),
        _column("enabled", BOOLEAN, "Whether it counts", default="true"),
        _column("set_by", UUID, "Who set it; kept when the user is gone", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_risk_limits"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_risk_limits_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["trading.instruments.id"],
            name="fk_risk_limits_instrument_id",
            ondelete="RESTRICT",
        ),
        _check(
            "ck_risk_limits_kind",
            "kind IN ('MAX_ORDER_VALUE', 'MAX_POSITION_SIZE', 'MAX_CONCENTRATION', 'MAX_DAILY_LOSS')",
        ),
        _check("ck_risk_limits_value", "value > 0 AND (kind <> 'MAX_CONCENTRATION' OR value <= 100)"),
        _check("ck_risk_limits_instrument_id", "kind <> 'MAX_DAILY_LOSS' OR instrument_id IS NULL"),
        schema="trading",
        comment="How much each account may risk",
    )
    op.create_index(
        "ix_risk_limits_instrument_id",
        "risk_limits",
        ["instrument_id"],
        schema="trading",
        postgresql_where="instrument_id IS NOT NULL",
    )
    op.create_index(
        "uq_risk_limits_kind",
        "risk_limits",
        ["account_id", "kind"],
        unique=True,
        schema="trading",
        postgresql_where="instrument_id IS NULL",
    )
    op.create_index(
        "uq_risk_limits_kind_instrument_id",
        "risk_limits",
        ["account_id", "kind", "instrument_id"],
        unique=True,
        schema="trading",
        postgresql_where="instrument_id IS NOT NULL",
    )
    _touch_updated_at("risk_limits")


def _create_restrictions() -> None:
    op.create_table(
        "restrictions",
        _account_id(),
        _id(),
        _column(
            "kind",
            TEXT,
            "HALT: no orders; CLOSE_ONLY: only smaller positions; REDUCED: the limits times factor",
        ),
        _column("instrument_id", UUID, "For which instrument; null: for all", null=True),
        _column("factor", sa.Numeric(5, 4), "Of REDUCED: what the limits are multiplied with", null=True),
        _column("reason", TEXT, "Why, for the account's people"),
        _column("imposed_by", UUID, "Who imposed it; kept when the user is gone", null=True),
        _column("starts_at", TIMESTAMP, "From when", default="now()"),
        _column("ends_at", TIMESTAMP, "Until when; null: until lifted", null=True),
        _column("lifted_at", TIMESTAMP, "When it was lifted", null=True),
        _column("lifted_by", UUID, "Who lifted it; kept when the user is gone", null=True),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_restrictions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_restrictions_account_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["trading.instruments.id"],
            name="fk_restrictions_instrument_id",
            ondelete="RESTRICT",
        ),
        _check("ck_restrictions_kind", "kind IN ('HALT', 'CLOSE_ONLY', 'REDUCED')"),
        _check(
            "ck_restrictions_factor",
            "(kind = 'REDUCED') = (factor IS NOT NULL) AND factor > 0 AND factor < 1",
        ),
        _check("ck_restrictions_ends_at", "ends_at > starts_at"),
        _check("ck_restrictions_lifted_by", "lifted_by IS NULL OR lifted_at IS NOT NULL"),
        schema="trading",
        comment="What an account may not do for now",
    )
    op.create_index(
        "ix_restrictions_instrument_id",
        "restrictions",
        ["instrument_id"],
        schema="trading",
        postgresql_where="instrument_id IS NOT NULL",
    )
    op.create_index(
        "ix_restrictions_standing",
        "restrictions",
        ["account_id"],
        schema="trading",
        postgresql_where="lifted_at IS NULL",
    )
    op.create_index(
        "ix_restrictions_starts_at", "restrictions", ["account_id", "starts_at"], schema="trading"
    )
    _touch_updated_at("restrictions")


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        _account_id(),
        _column("key", TEXT, "The request's Idempotency-Key"),
        _column("user_id", UUID, "Who sent the request; kept when the user is gone", null=True),
        _column("method", TEXT, "The request's method"),
        _column("path", TEXT, "The request's path"),
        _column(
            "request_hash",
            BYTES,
            "SHA-256 of method, path and body: the same key with another request is a conflict",
        ),
        _column("response_status", SMALLINT, "The answer's status; null: not answered yet", null=True),
        _column("response_headers", JSONB, "The answer's headers that are worth repeating", null=True),
        _column("response_body", BYTES, "The answer's body, byte for byte", null=True),
        _column(
            "expires_at", TIMESTAMP, "When the key may be forgotten", default="now() + interval '24 hours'"
        ),
        _created_at(),
        _updated_at(),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading.accounts.id"],
            name="fk_idempotency_keys_account_id",
            ondelete="RESTRICT",
        ),
        _check("ck_idempotency_keys_key", "char_length(key) BETWEEN 1 AND 255"),
        _check("ck_idempotency_keys_request_hash", "octet_length(request_hash) = 32"),
        _check("ck_idempotency_keys_response_status", "response_status BETWEEN 100 AND 599"),
        _check(
            "ck_idempotency_keys_response_body",
            "response_status IS NOT NULL OR num_nonnulls(response_headers, response_body) = 0",
        ),
        schema="trading",
        comment="Answers already given, for requests that may come again",
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"], schema="trading")
    _touch_updated_at("idempotency_keys")


def _create_audit_logs() -> None:
    op.create_table(
        "audit_logs",
        _account_id(),
        _column("sequence", BIGINT, "1, 2, 3 … per account, without a gap"),
        _column("actor_kind", TEXT, "user, service (a program signed in) or worker (the venue)"),
        _column("actor_id", UUID, "Which user; kept when the user is gone. Null: the venue", null=True),
        _column("action", TEXT, "What was done or tried, such as order.place"),
        _column("outcome", TEXT, "Whether it was done"),
        _column("reason", TEXT, "Machine-readable reason of a refusal", null=True),
        _column("resource", TEXT, "To what kind of thing"),
        _column("resource_id", UUID, "To which one; null where none came to be", null=True),
        _column("metadata", JSONB, "What the action needs besides", default="'{}'"),
        _column("request_id", TEXT, "The request, as in the logs", null=True),
        _column("ip_address", INET, "Address of the client", null=True),
        _column("user_agent", TEXT, "User-Agent of the client", null=True),
        _column("occurred_at", TIMESTAMP, "When, by the venue's clock", default="now()"),
        _column("previous_hash", BYTES, "hash of the row before; null in the account's first", null=True),
        _column("hash", BYTES, "SHA-256 of this row's content and previous_hash"),
        _created_at(),
        sa.PrimaryKeyConstraint("account_id", "sequence", name="pk_audit_logs"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["trading.accounts.id"], name="fk_audit_logs_account_id", ondelete="RESTRICT"
        ),
        _check("ck_audit_logs_actor_kind", "actor_kind IN ('user', 'service', 'worker')"),
        _check("ck_audit_logs_outcome", "outcome IN ('done', 'refused')"),
        _check("ck_audit_logs_actor_id", "(actor_kind = 'worker') = (actor_id IS NULL)"),
        _check("ck_audit_logs_action", "action ~ '^[a-z][a-z_]*(\\.[a-z_]+)*$'"),
        _check("ck_audit_logs_reason", "(outcome = 'refused') = (reason IS NOT NULL)"),
        _check("ck_audit_logs_sequence", "sequence > 0"),
        _check(
            "ck_audit_logs_previous_hash",
            "(sequence = 1) = (previous_hash IS NULL) AND octet_length(previous_hash) = 32",
        ),
        _check("ck_audit_logs_hash", "octet_length(hash) = 32"),
        _check("ck_audit_logs_metadata", "jsonb_typeof(metadata) = 'object'"),
        schema="trading",
        comment="Who did what in an account: a chain in which every row seals the one before",
    )
    op.create_index(
        "ix_audit_logs_resource_id_sequence",
        "audit_logs",
        ["account_id", "resource_id", "sequence"],
        schema="trading",
    )
    _append_only("audit_logs", "a record of what happened is never rewritten")
