"""The two sides of each transfer that moved something, as each ledger account saw it."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, UniqueConstraint, Uuid

from servicekit.columns import created_at
from servicekit.triggers import append_only
from trading_app.tables.base import metadata
from trading_app.tables.columns import AMOUNT, implied_account_id, within_account
from trading_app.tables.ledger_accounts import ledger_accounts
from trading_app.tables.ledger_transfers import ledger_transfers

ledger_entries = Table(
    "ledger_entries",
    metadata,
    implied_account_id(),
    Column("ledger_account_id", Uuid, primary_key=True, comment="Whose balance moved"),
    Column(
        "version",
        BigInteger,
        primary_key=True,
        comment="1, 2, 3 … per ledger account, without a gap",
    ),
    Column("transfer_id", Uuid, nullable=False, comment="What moved it"),
    Column("amount", AMOUNT, nullable=False, comment="By how much; below zero: it gave"),
    Column(
        "balance_before",
        AMOUNT,
        nullable=False,
        comment="The balance before, as the previous version left it",
    ),
    Column("balance_after", AMOUNT, nullable=False, comment="The balance since"),
    created_at(),
    UniqueConstraint("account_id", "transfer_id", "ledger_account_id"),
    within_account(ledger_accounts, "ledger_account_id"),
    within_account(ledger_transfers, "transfer_id"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint("balance_after = balance_before + amount", name="balance_after"),
    CheckConstraint("version > 1 OR balance_before = 0", name="balance_before"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="The two sides of each transfer that moved something, as each ledger account saw it",
)
append_only(ledger_entries, "a wrong booking is made good by another")
