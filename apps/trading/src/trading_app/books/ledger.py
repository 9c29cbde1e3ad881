"""Double entry in memory: what a transaction moves, with both entries of each transfer, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from trading_app.books.arithmetic import EXACT, ZERO
from trading_app.books.errors import BelowFloor
from trading_app.identifiers import identifier
from trading_app.tables.enumerations import LedgerKind, TransferPhase, TransferReason

if TYPE_CHECKING:
    from datetime import datetime


class Key(NamedTuple):
    """What tells an account's ledger accounts apart."""

    kind: LedgerKind
    instrument_id: UUID | None = None


@dataclass
class LedgerAccount:
    id: UUID
    unit: str
    balance: Decimal = ZERO
    reserved: Decimal = ZERO
    floor: Decimal | None = None
    version: int = 0

    @property
    def available(self) -> Decimal:
        return EXACT.subtract(self.balance, self.reserved)


@dataclass(frozen=True)
class Purpose:
    """What a transfer is for."""

    reason: TransferReason
    order_id: UUID | None = None
    execution_id: UUID | None = None
    description: str | None = None


@dataclass(frozen=True)
class Transfer:
    id: UUID
    phase: TransferPhase
    purpose: Purpose
    from_id: UUID
    to_id: UUID
    unit: str
    amount: Decimal
    released: Decimal = ZERO
    pending_id: UUID | None = None


@dataclass(frozen=True)
class Entry:
    ledger_account_id: UUID
    version: int
    transfer_id: UUID
    amount: Decimal
    balance_before: Decimal
    balance_after: Decimal


@dataclass
class Ledger:
    """One trading account's ledger accounts, and what is done to them.

    Args:
        accounts: those that may be moved.
        at: when, by the venue's clock.
        cause: what the transfers' ids are made from; no other cause of this account's transfers is the same.
        opened: which of the accounts are new.
        changed: which of them are not as they were read.
    """

    account_id: UUID
    accounts: dict[Key, LedgerAccount]
    at: datetime
    cause: tuple[object, ...]
    transfers: list[Transfer] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    opened: list[Key] = field(default_factory=list)
    changed: set[Key] = field(default_factory=set)
    _caused: int = field(default=0, init=False)

    def because(self, *cause: object) -> Ledger:
        """Give the same books, to be moved for another cause."""
        return replace(self, cause=cause)

    def open(self, key: Key, unit: str, *, floor: Decimal | None) -> None:
        """Open a ledger account, unless it is open."""
        if key in self.accounts:
            return
        name = identifier(self.at, "ledger_account", self.account_id, *key)
        self.accounts[key] = LedgerAccount(name, unit, floor=floor)
        self.opened.append(key)

    def move(self, purpose: Purpose, giver: Key, getter: Key, amount: Decimal) -> UUID | None:
        """Move an amount at once; nothing where there is nothing to move.

        Raises:
            BelowFloor: the giver has not that much to give.
        """
        if amount == ZERO:
            return None
        self._refuse_below_floor(giver, amount)
        return self._move(self._transfer(TransferPhase.SINGLE, purpose, giver, getter, amount), giver, getter)

    def reserve(self, purpose: Purpose, giver: Key, getter: Key, amount: Decimal) -> UUID:
        """Promise an amount: it stays where it is, and nobody else can have it.

        Raises:
            BelowFloor: the giver has not that much to give.
        """
        self._refuse_below_floor(giver, amount)
        self.accounts[giver].reserved = EXACT.add(self.accounts[giver].reserved, amount)
        self.changed.add(giver)
        return self._transfer(TransferPhase.PENDING, purpose, giver, getter, amount).id

    def post(
        self, purpose: Purpose, pending: UUID, ends: tuple[Key, Key], *, amount: Decimal, released: Decimal
    ) -> None:
        """Move an amount out of a promise and end that part of it.

        Args:
            purpose: what it is for.
            pending: the promise.
            ends: giver and getter.
            amount: what moves; more than released takes the rest from what is free.
            released: how much of the promise ends.

        Raises:
            BelowFloor: promise and free amount together do not suffice.
        """
        giver, getter = ends
        self._release(giver, released)
        if ZERO in {amount, released}:
            self.move(purpose, giver, getter, amount)
            if released != ZERO:
                self._void(purpose, pending, ends, released)
            return
        self._refuse_below_floor(giver, amount)
        transfer = self._transfer(
            TransferPhase.POST, purpose, giver, getter, amount, released=released, pending_id=pending
        )
        self._move(transfer, giver, getter)

    def void(self, purpose: Purpose, pending: UUID, ends: tuple[Key, Key], amount: Decimal) -> None:
        """End what is left of a promise."""
        if amount == ZERO:
            return
        self._release(ends[0], amount)
        self._void(purpose, pending, ends, amount)

    def _void(self, purpose: Purpose, pending: UUID, ends: tuple[Key, Key], amount: Decimal) -> None:
        self._transfer(TransferPhase.VOID, purpose, *ends, amount, released=amount, pending_id=pending)

    def _release(self, giver: Key, amount: Decimal) -> None:
        self.accounts[giver].reserved = EXACT.subtract(self.accounts[giver].reserved, amount)
        self.changed.add(giver)

    def _refuse_below_floor(self, giver: Key, amount: Decimal) -> None:
        account = self.accounts[giver]
        if account.floor is not None and account.available - amount < account.floor:
            raise BelowFloor(giver.kind, wanted=amount, available=account.available - account.floor)

    def _transfer(  # noqa: PLR0913  a transfer has these parts
        self,
        phase: TransferPhase,
        purpose: Purpose,
        giver: Key,
        getter: Key,
        amount: Decimal,
        *,
        released: Decimal = ZERO,
        pending_id: UUID | None = None,
    ) -> Transfer:
        transfer = Transfer(
            id=identifier(self.at, "transfer", self.account_id, *self.cause, self._caused),
            phase=phase,
            purpose=purpose,
            from_id=self.accounts[giver].id,
            to_id=self.accounts[getter].id,
            unit=self.accounts[giver].unit,
            amount=amount,
            released=released,
            pending_id=pending_id,
        )
        self._caused += 1
        self.transfers.append(transfer)
        return transfer

    def _move(self, transfer: Transfer, giver: Key, getter: Key) -> UUID:
        self.changed |= {giver, getter}
        self._enter(self.accounts[giver], transfer, -transfer.amount)
        self._enter(self.accounts[getter], transfer, transfer.amount)
        return transfer.id

    def _enter(self, account: LedgerAccount, transfer: Transfer, amount: Decimal) -> None:
        before = account.balance
        account.balance = EXACT.add(before, amount)
        account.version += 1
        self.entries.append(Entry(account.id, account.version, transfer.id, amount, before, account.balance))
