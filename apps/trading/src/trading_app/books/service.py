from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trading_app.books import queries
from trading_app.books.arithmetic import ZERO
from trading_app.books.errors import LedgerAccountNotFound
from trading_app.books.ledger import Key, Ledger, LedgerAccount, Purpose
from trading_app.joins import LEDGER_PARTS
from trading_app.tables import ledger_accounts, ledger_entries, ledger_transfers
from trading_app.tables.enumerations import LedgerKind, TransferReason

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection
    from trading_app.books.ledger import Transfer
    from trading_app.changes import Changes
    from trading_app.rows import Row

CASH = Key(LedgerKind.CASH)
FUNDING = Key(LedgerKind.FUNDING)
REALIZED = Key(LedgerKind.REALIZED_PROFIT)


@dataclass(frozen=True)
class InstrumentKeys:
    """The ledger accounts of one instrument: holdings at cost, pieces held, and where pieces come from."""

    securities: Key
    shares: Key
    market: Key


def keys_of(instrument_id: UUID) -> InstrumentKeys:
    return InstrumentKeys(
        Key(LedgerKind.SECURITIES, instrument_id),
        Key(LedgerKind.SHARES, instrument_id),
        Key(LedgerKind.MARKET, instrument_id),
    )


def take_in(ledger: Ledger, row: Row) -> None:
    """Put the ledger accounts of a row that was read `with_books` into a ledger, and open those that are missing."""
    instrument_id, currency, symbol = row["instrument_id"], row["currency"], row["symbol"]
    keys = keys_of(instrument_id)
    for key, unit, floor in (
        (CASH, currency, ZERO),
        (REALIZED, currency, None),
        (keys.securities, currency, None),
        (keys.shares, symbol, ZERO),
        (keys.market, symbol, None),
    ):
        if key in ledger.accounts:
            continue
        found = [row[f"{key.kind}_{name}"] for name in LEDGER_PARTS]
        if found[0] is None:
            ledger.open(key, unit, floor=floor)
        else:
            ledger.accounts[key] = LedgerAccount(*found)


def write(changes: Changes, ledger: Ledger) -> None:
    """Write what a ledger's transfers and entries are, and what they make of the ledger accounts."""
    account_id = ledger.account_id
    for key in ledger.opened:
        account = ledger.accounts[key]
        names = {"kind": key.kind.value, "instrument_id": key.instrument_id, "unit": account.unit}
        state = {"floor": account.floor, **_state(account)}
        changes.insert(ledger_accounts, {"account_id": account_id, "id": account.id, **names, **state})
    for key in ledger.changed.difference(ledger.opened):
        account = ledger.accounts[key]
        row = {"account_id": account_id, "id": account.id, **_state(account), "updated_at": ledger.at}
        changes.update(ledger_accounts, row, "account_id", "id")
    for transfer in ledger.transfers:
        changes.insert(ledger_transfers, _transfer(ledger, transfer))
    for entry in ledger.entries:
        changes.insert(ledger_entries, {"account_id": account_id, **vars(entry)})


def _state(account: LedgerAccount) -> dict[str, Any]:
    return {"balance": account.balance, "reserved": account.reserved, "version": account.version}


def _transfer(ledger: Ledger, transfer: Transfer) -> dict[str, Any]:
    row: dict[str, Any] = {"account_id": ledger.account_id, **vars(transfer), "occurred_at": ledger.at}
    purpose = row.pop("purpose")
    return {**row, **vars(purpose)}


def open_books(changes: Changes, account_id: UUID, currency: str, cash: Decimal, *, at: datetime) -> None:
    """Open a new account's books with its play money."""
    ledger = Ledger(account_id, {}, at, ("opening",))
    ledger.open(CASH, currency, floor=ZERO)
    ledger.open(FUNDING, currency, floor=None)
    ledger.open(REALIZED, currency, floor=None)
    ledger.move(Purpose(TransferReason.OPENING), FUNDING, CASH, cash)
    write(changes, ledger)


async def close_books(connection: Connection, changes: Changes, account_id: UUID, *, at: datetime) -> Decimal:
    """Pay out all the cash of an account that nothing is promised of, and say how much that was."""
    ledger = Ledger(account_id, await queries.money(connection, account_id), at, ("closing",))
    cash = ledger.accounts[CASH].balance
    ledger.move(Purpose(TransferReason.WITHDRAWAL), CASH, FUNDING, cash)
    write(changes, ledger)
    return cash


async def balances(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    return await queries.balances(connection, account_id)


async def entries(
    connection: AsyncConnection, account_id: UUID, ledger_account_id: UUID, *, before: int | None, limit: int
) -> list[Row]:
    """Give a page of a ledger account's entries, the newest first.

    Raises:
        LedgerAccountNotFound: this account has no such ledger account.
    """
    if not await queries.has(connection, account_id, ledger_account_id):
        raise LedgerAccountNotFound
    return await queries.entries(connection, account_id, ledger_account_id, before=before, limit=limit)
