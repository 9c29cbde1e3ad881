"""The accounts of the double-entry books of each trading account."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from servicekit.columns import created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import AMOUNT, account_id
from trading_app.tables.enumerations import LedgerKind
from trading_app.tables.instruments import instruments

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    account_id(),
    id_column(),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="cash; funding, fees, dividends, interest, realized_profit: where cash comes from and goes to;"
        " securities: holdings at cost; shares and market: pieces held, and where pieces come from and go to",
    ),
    Column(
        "unit",
        Text,
        nullable=False,
        comment="What is counted: the currency's code, or the symbol of the shares when the account was opened",
    ),
    Column(
        "instrument_id",
        Uuid,
        ForeignKey(instruments.c.id, ondelete="RESTRICT"),
        comment="Of which instrument, for securities, shares and market",
    ),
    Column("balance", AMOUNT, nullable=False, server_default=text("0"), comment="Sum of its entries"),
    Column(
        "reserved",
        AMOUNT,
        nullable=False,
        server_default=text("0"),
        comment="How much of the balance pending transfers have promised away",
    ),
    Column("floor", AMOUNT, comment="What balance less reserved may not go below; null: anything goes"),
    Column(
        "version", BigInteger, nullable=False, server_default=text("0"), comment="Version of its last entry"
    ),
    created_at(),
    updated_at(),
    # What transfers point at, so that both of their ends count in the transfer's unit.
    UniqueConstraint("account_id", "id", "unit"),
    one_of("kind", LedgerKind),
    CheckConstraint("unit <> ''", name="unit"),
    CheckConstraint(
        "(kind IN ('securities', 'shares', 'market')) = (instrument_id IS NOT NULL)", name="instrument_id"
    ),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("floor IS NULL OR balance - reserved >= floor", name="floor"),
    CheckConstraint("kind NOT IN ('cash', 'shares') OR floor IS NOT NULL", name="floored"),
    CheckConstraint(
        "kind IN ('shares', 'market') OR balance = round(balance, 2) AND reserved = round(reserved, 2)",
        name="cents",
    ),
    CheckConstraint("version >= 0", name="version"),
    info={"runtime_privileges": ("SELECT", "INSERT", "UPDATE")},
    comment="The accounts of the double-entry books of each trading account",
)
Index(
    "uq_ledger_accounts_kind_unit",
    ledger_accounts.c.account_id,
    ledger_accounts.c.kind,
    ledger_accounts.c.unit,
    unique=True,
    postgresql_where=ledger_accounts.c.instrument_id.is_(None),
)
Index(
    "uq_ledger_accounts_kind_instrument_id",
    ledger_accounts.c.account_id,
    ledger_accounts.c.kind,
    ledger_accounts.c.instrument_id,
    unique=True,
    postgresql_where=ledger_accounts.c.instrument_id.is_not(None),
)
Index(
    None,
    ledger_accounts.c.instrument_id,
    postgresql_where=ledger_accounts.c.instrument_id.is_not(None),
)
touch_updated_at(ledger_accounts)
