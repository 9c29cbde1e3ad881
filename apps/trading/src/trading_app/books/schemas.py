from __future__ import annotations

from uuid import UUID

from trading_app.tables.enumerations import LedgerKind, TransferReason
from trading_app.wire import DecimalText, Out, Timestamp


class LedgerAccountOut(Out):
    id: UUID
    kind: LedgerKind
    unit: str
    instrument_id: UUID | None
    balance: DecimalText
    reserved: DecimalText
    version: int


class LedgerEntryOut(Out):
    version: int
    transfer_id: UUID
    reason: TransferReason
    order_id: UUID | None
    execution_id: UUID | None
    amount: DecimalText
    balance_before: DecimalText
    balance_after: DecimalText
    occurred_at: Timestamp


class LedgerPageOut(Out):
    entries: list[LedgerEntryOut]
    next_before: int | None
