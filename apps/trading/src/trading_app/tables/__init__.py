"""The ownership list: every table of the schema `trading`, one per file."""

from trading_app.tables.account_members import account_members
from trading_app.tables.accounts import accounts
from trading_app.tables.audit_logs import audit_logs
from trading_app.tables.base import metadata
from trading_app.tables.executions import executions
from trading_app.tables.idempotency_keys import idempotency_keys
from trading_app.tables.instruments import instruments
from trading_app.tables.ledger_accounts import ledger_accounts
from trading_app.tables.ledger_entries import ledger_entries
from trading_app.tables.ledger_transfers import ledger_transfers
from trading_app.tables.order_events import order_events
from trading_app.tables.orders import orders
from trading_app.tables.positions import positions
from trading_app.tables.quotes import quotes
from trading_app.tables.replays import replays
from trading_app.tables.restrictions import restrictions
from trading_app.tables.risk_limits import risk_limits
from trading_app.tables.trading_sessions import trading_sessions

__all__ = [
    "account_members",
    "accounts",
    "audit_logs",
    "executions",
    "idempotency_keys",
    "instruments",
    "ledger_accounts",
    "ledger_entries",
    "ledger_transfers",
    "metadata",
    "order_events",
    "orders",
    "positions",
    "quotes",
    "replays",
    "restrictions",
    "risk_limits",
    "trading_sessions",
]
