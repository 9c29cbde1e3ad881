from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, Uuid, and_, bindparam, select

from servicekit.statements import prepared
from trading_app.books.ledger import Key, LedgerAccount
from trading_app.joins import LEDGER_PARTS
from trading_app.rows import Row, every_row, maybe_row, rows
from trading_app.tables import ledger_accounts, ledger_entries, ledger_transfers
from trading_app.tables.enumerations import LedgerKind

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection


_MONEY = prepared(
    select(ledger_accounts.c.kind, *(ledger_accounts.c[name] for name in LEDGER_PARTS)).where(
        ledger_accounts.c.account_id == bindparam("account_id", type_=Uuid()),
        ledger_accounts.c.instrument_id.is_(None),
    )
)


async def money(connection: Connection, account_id: UUID) -> dict[Key, LedgerAccount]:
    """Give the ledger accounts of a trading account that are of no instrument."""
    found = await rows(connection, _MONEY, account_id=account_id)
    return {
        Key(LedgerKind(row["kind"])): LedgerAccount(*(row[name] for name in LEDGER_PARTS)) for row in found
    }


async def entries(
    connection: AsyncConnection, account_id: UUID, ledger_account_id: UUID, *, before: int | None, limit: int
) -> list[Row]:
    table, transfer = ledger_entries.c, ledger_transfers.c
    query = (
        select(ledger_entries, transfer.reason, transfer.order_id, transfer.execution_id,
               transfer.occurred_at)
        .join(
            ledger_transfers,
            and_(transfer.account_id == table.account_id, transfer.id == table.transfer_id),
        )
        .where(table.account_id == account_id, table.ledger_account_id == ledger_account_id)
        .order_by(table.version.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        query = query.where(table.version < before)
    return await every_row(connection, query)


async def has(connection: AsyncConnection, account_id: UUID, ledger_account_id: UUID) -> bool:
    table = ledger_accounts.c
    query = select(table.id).where(table.account_id == account_id, table.id == ledger_account_id)
    return await maybe_row(connection, query) is not None


async def balances(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    table = ledger_accounts.c
    query = (
        select(ledger_accounts)
        .where(table.account_id == account_id)
        .order_by(table.kind, table.unit.collate("C"), table.instrument_id.cast(Text))
    )
    return await every_row(connection, query)
