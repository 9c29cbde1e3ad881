"""What moved in the books: from one ledger account to another, so that they always balance."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, Text, Uuid, text

from servicekit.columns import TIMESTAMP, created_at, id_column, one_of
from servicekit.triggers import append_only
from trading_app.tables.base import metadata
from trading_app.tables.columns import AMOUNT, implied_account_id, within_account
from trading_app.tables.enumerations import TransferPhase, TransferReason
from trading_app.tables.executions import executions
from trading_app.tables.ledger_accounts import ledger_accounts
from trading_app.tables.orders import orders


def _to_transfer(column: str) -> ForeignKeyConstraint:
    keys = ["trading.ledger_transfers.account_id", "trading.ledger_transfers.id"]
    return ForeignKeyConstraint(["account_id", column], keys, ondelete="RESTRICT")


ledger_transfers = Table(
    "ledger_transfers",
    metadata,
    implied_account_id(),
    id_column(),
    Column(
        "phase",
        Text,
        nullable=False,
        server_default=text("'single'"),
        comment="single: moves at once; pending: reserves at from and moves nothing; post: moves a reserved amount;"
        " void: releases a reservation and moves nothing",
    ),
    Column("reason", Text, nullable=False, comment="What it is for"),
    Column("from_id", Uuid, nullable=False, comment="The ledger account that gives"),
    Column("to_id", Uuid, nullable=False, comment="The ledger account that gets"),
    Column("unit", Text, nullable=False, comment="What is counted, the same at both ends"),
    Column("amount", AMOUNT, nullable=False, comment="How much is moved, reserved or released"),
    Column(
        "released",
        AMOUNT,
        nullable=False,
        server_default=text("0"),
        comment="How much of the pending transfer's reservation it ends; more than amount where the fill was cheap",
    ),
    Column("pending_id", Uuid, comment="The pending transfer that it posts or voids"),
    Column("order_id", Uuid, comment="The order that it is for"),
    Column("execution_id", Uuid, comment="The fill that it books"),
    Column("corrects_id", Uuid, comment="The transfer that it makes good"),
    Column("description", Text, comment="For people"),
    Column(
        "occurred_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        comment="When, by the venue's clock",
    ),
    created_at(),
    within_account(ledger_accounts, "from_id", "unit", to=("id", "unit")),
    within_account(ledger_accounts, "to_id", "unit", to=("id", "unit")),
    _to_transfer("pending_id"),
    within_account(orders, "order_id"),
    within_account(executions, "execution_id"),
    _to_transfer("corrects_id"),
    one_of("phase", TransferPhase),
    one_of("reason", TransferReason),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("from_id <> to_id", name="to_id"),
    CheckConstraint("(phase IN ('post', 'void')) = (pending_id IS NOT NULL)", name="pending_id"),
    CheckConstraint(
        "CASE phase WHEN 'post' THEN released > 0 WHEN 'void' THEN released = amount ELSE released = 0 END",
        name="released",
    ),
    CheckConstraint("(reason = 'correction') = (corrects_id IS NOT NULL)", name="corrects_id"),
    info={"runtime_privileges": ("SELECT", "INSERT")},
    comment="What moved in the books: from one ledger account to another, so that they always balance",
)
Index(None, ledger_transfers.c.account_id, ledger_transfers.c.from_id, ledger_transfers.c.unit)
Index(None, ledger_transfers.c.account_id, ledger_transfers.c.to_id, ledger_transfers.c.unit)
for _column in (
    ledger_transfers.c.pending_id,
    ledger_transfers.c.order_id,
    ledger_transfers.c.execution_id,
    ledger_transfers.c.corrects_id,
):
    Index(None, ledger_transfers.c.account_id, _column, postgresql_where=_column.is_not(None))
# An account's activities that are no fills: deposits, dividends, fees …
Index(
    "ix_ledger_transfers_activities",
    ledger_transfers.c.account_id,
    ledger_transfers.c.occurred_at,
    ledger_transfers.c.id,
    postgresql_where=text("phase = 'single' AND execution_id IS NULL"),
)
append_only(ledger_transfers, "a wrong booking is made good by another")
