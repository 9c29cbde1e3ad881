from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from trading_app.books.arithmetic import ZERO
from trading_app.books.errors import BelowFloor
from trading_app.books.ledger import Key, Ledger, LedgerAccount, Purpose
from trading_app.tables.enumerations import LedgerKind, TransferPhase, TransferReason

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CASH, FUNDING = Key(LedgerKind.CASH), Key(LedgerKind.FUNDING)
ENDS = (CASH, FUNDING)
OTHER = Purpose(TransferReason.DEPOSIT)
AMOUNTS: SearchStrategy[Decimal] = st.decimals("0.01", "100", places=2)


def ledger(cash: str = "0") -> Ledger:
    accounts = {
        CASH: LedgerAccount(UUID(int=1), "USD", Decimal(cash), floor=ZERO),
        FUNDING: LedgerAccount(UUID(int=2), "USD", -Decimal(cash)),
    }
    return Ledger(UUID(int=9), accounts, datetime(2026, 1, 1, tzinfo=UTC), ("test",))


def test_a_transfer_has_two_entries_that_cancel_out() -> None:
    books = ledger()
    books.move(OTHER, FUNDING, CASH, Decimal(5))

    assert [(entry.amount, entry.balance_after, entry.version) for entry in books.entries] == [
        (Decimal(-5), Decimal(-5), 1),
        (Decimal(5), Decimal(5), 1),
    ]


def test_nothing_to_move_is_no_transfer() -> None:
    books = ledger()

    assert books.move(OTHER, FUNDING, CASH, ZERO) is None
    assert books.transfers == []


def test_what_is_promised_cannot_be_given_to_another() -> None:
    books = ledger("100")
    books.reserve(OTHER, *ENDS, Decimal(60))

    with pytest.raises(BelowFloor) as refused:
        books.reserve(OTHER, *ENDS, Decimal("40.01"))
    assert (refused.value.wanted, refused.value.available) == (Decimal("40.01"), Decimal(40))


def test_a_fill_below_the_promise_gives_the_rest_back() -> None:
    books = ledger("100")
    pending = books.reserve(OTHER, *ENDS, Decimal(60))
    books.post(OTHER, pending, ENDS, amount=Decimal(55), released=Decimal(60))

    assert (books.accounts[CASH].balance, books.accounts[CASH].reserved) == (Decimal(45), ZERO)


def test_a_fill_above_the_promise_takes_free_money_and_no_more() -> None:
    books = ledger("100")
    pending = books.reserve(OTHER, *ENDS, Decimal(60))
    books.reserve(OTHER, *ENDS, Decimal(30))

    with pytest.raises(BelowFloor):
        books.post(OTHER, pending, ENDS, amount=Decimal("70.01"), released=Decimal(60))


def test_a_fill_that_costs_nothing_only_ends_the_promise() -> None:
    books = ledger("1")
    pending = books.reserve(OTHER, *ENDS, Decimal("0.01"))
    books.post(OTHER, pending, ENDS, amount=ZERO, released=Decimal("0.01"))

    assert [transfer.phase for transfer in books.transfers] == [TransferPhase.PENDING, TransferPhase.VOID]
    assert books.accounts[CASH].available == Decimal(1)


Promises = tuple[UUID, Decimal] | MultipleResults[tuple[UUID, Decimal]]


class Books(RuleBasedStateMachine):
    """Whatever is moved, promised, kept and broken, in whatever order: the books stay sound."""

    promises: Bundle[tuple[UUID, Decimal]] = Bundle("promises")

    def __init__(self) -> None:
        super().__init__()
        self.books = ledger()

    @rule(amount=AMOUNTS)
    def deposit(self, amount: Decimal) -> None:
        self.books.move(OTHER, FUNDING, CASH, amount)

    @rule(amount=AMOUNTS)
    def withdraw(self, amount: Decimal) -> None:
        enough = self.books.accounts[CASH].available >= amount
        try:
            self.books.move(OTHER, CASH, FUNDING, amount)
        except BelowFloor:
            assert not enough
        else:
            assert enough

    @rule(target=promises, amount=AMOUNTS)
    def promise(self, amount: Decimal) -> Promises:
        try:
            return (self.books.reserve(OTHER, *ENDS, amount), amount)
        except BelowFloor:
            return multiple()

    @rule(target=promises, promise=consumes(promises), data=st.data())
    def keep(self, promise: tuple[UUID, Decimal], data: st.DataObject) -> Promises:
        pending, left = promise
        released = Decimal(data.draw(st.integers(0, int(left * 100)))) / 100
        amount = Decimal(data.draw(st.integers(0, int(released * 100)))) / 100
        self.books.post(OTHER, pending, ENDS, amount=amount, released=released)
        return (pending, left - released) if left > released else multiple()

    @rule(promise=consumes(promises))
    def break_(self, promise: tuple[UUID, Decimal]) -> None:
        self.books.void(OTHER, promise[0], ENDS, promise[1])

    @invariant()
    def nothing_comes_from_nowhere(self) -> None:
        assert sum(account.balance for account in self.books.accounts.values()) == 0

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        cash = self.books.accounts[CASH]
        assert ZERO <= cash.reserved <= cash.balance
        assert cash.reserved == sum(
            (transfer.amount if transfer.phase is TransferPhase.PENDING else -transfer.released)
            for transfer in self.books.transfers
        )

    @invariant()
    def entries_are_gapless_and_chained(self) -> None:
        for account in self.books.accounts.values():
            entries = [entry for entry in self.books.entries if entry.ledger_account_id == account.id]
            assert [entry.version for entry in entries] == list(range(1, account.version + 1))
            ends = [ZERO, *(entry.balance_after for entry in entries)]
            assert [entry.balance_before for entry in entries] == ends[:-1]
            assert ends[-1] == account.balance

    @invariant()
    def transfers_have_names_of_their_own(self) -> None:
        assert len({transfer.id for transfer in self.books.transfers}) == len(self.books.transfers)


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
