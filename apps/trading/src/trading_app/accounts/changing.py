"""Changing an account without holding it: read, decide, write; and again, if somebody else was quicker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast
from weakref import WeakValueDictionary

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from servicekit.statements import prepared
from trading_app.changes import NotHeld
from trading_app.tables import accounts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from servicekit.database import Connection, Database
    from servicekit.problems import Problem
    from trading_app.changes import Changes

T = TypeVar("T")

QUICK_TRIES = 3
"""So often it is tried while nobody is kept waiting; after that the account is locked, and the next try succeeds."""

_HOLD = prepared(
    select(accounts.c.id)
    .where(accounts.c.id == func.any(bindparam("account_ids", type_=ARRAY(Uuid()))))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)
_turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True)
class Decision(Generic[T]):
    """What is to be written, and what is to be said once it is.

    Args:
        changes: None where nothing is to change.
        problem: said instead of the answer.
    """

    changes: Changes | None
    answer: T | None = None
    problem: Problem | None = None

    def said(self) -> T:
        if self.problem is not None:
            raise self.problem
        return cast("T", self.answer)


async def change(
    database: Database, turn: Hashable, decide: Callable[[Connection], Awaitable[Decision[T]]]
) -> T:
    """Change an account: two round trips, unless several processes want to at once.

    Args:
        turn: the account, or what stands for it: who waits for the same one in this process.
        decide: reads the account on the connection it is given, and decides. It may be asked several times.

    Raises:
        Problem: the decision's, after its changes were written.
    """
    async with _turn(turn), database.connection() as connection:
        for _ in range(QUICK_TRIES):
            decision = await decide(connection)
            if decision.changes is None or await decision.changes.write(connection):
                return decision.said()
            wanted = decision.changes.account_ids
        async with connection.transaction():
            await _HOLD.run(connection, {"account_ids": wanted})
            decision = await decide(connection)
            if decision.changes is not None and not await decision.changes.write(connection):
                raise NotHeld
        return decision.said()


def _turn(turn: Hashable) -> asyncio.Lock:
    """Let the requests of one process that want the same account come one after the other."""
    lock = _turns.get(turn)
    return _turns.setdefault(turn, asyncio.Lock()) if lock is None else lock
