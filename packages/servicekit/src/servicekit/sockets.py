"""Waiting for Postgres: the event loop watches one epoll object for all of a process's connections.

The driver has the loop watch a connection's socket anew for each statement, for which uvloop makes and discards a handle
with some ten system calls. Here a statement costs one call before it waits, and one to learn what is ready. A socket that
is closed leaves an epoll object by itself, so that none is watched that has become somebody else's. ADR 0054.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Generic, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait, wait_async

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")

SECONDS = 1.0
"""After these, whoever still waits looks at its connection again: it may have been closed without a sign."""


class Sockets:
    """Says when sockets are ready.

    Args:
        loop: the event loop that watches.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._epoll = select.epoll()
        self._waiting: dict[int, asyncio.Future[int]] = {}
        loop.add_reader(self._epoll.fileno(), self._look)
        self._later = loop.call_later(SECONDS, self._look_again)

    @classmethod
    def of_this_loop(cls) -> Sockets | None:
        """Begin to watch; None on a system without epoll, where the driver waits its own way."""
        return cls(asyncio.get_running_loop()) if hasattr(select, "epoll") else None

    @property
    def closed(self) -> bool:
        """Whether nobody watches any more."""
        return self._epoll.closed

    def close(self) -> None:
        """Watch no longer."""
        self._later.cancel()
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._wake()

    async def run(self, steps: PQGen[T], descriptor: int) -> T:
        """Do what the driver wants done with a connection, as its own `psycopg.waiting.wait_async`.

        Args:
            steps: each says what the socket must be ready for before the next.
            descriptor: the socket's.

        Returns:
            What comes of it.

        Raises:
            psycopg.OperationalError: the connection is closed, or closes.
        """
        try:
            wanted = next(steps)
            while not self.closed:
                wanted = steps.send(await self._ready(descriptor, wanted))
        except StopIteration as end:
            result: T = end.value
            return result
        except OSError as error:
            raise psycopg.OperationalError("connection socket closed") from error
        return await wait_async(steps, descriptor, interval=SECONDS)  # whoever still works is not left alone

    async def _ready(self, descriptor: int, wanted: Wait) -> int:
        waiting: asyncio.Future[int] = self._loop.create_future()
        self._wake(descriptor)  # who waited for another socket of the same number, which is gone
        self._waiting[descriptor] = waiting
        try:
            self._watch(descriptor, wanted)
            return await waiting
        finally:
            if self._waiting.get(descriptor) is waiting:
                del self._waiting[descriptor]

    def _watch(self, descriptor: int, wanted: Wait) -> None:
        events = select.EPOLLONESHOT
        events |= select.EPOLLIN if wanted & Wait.R else 0
        events |= select.EPOLLOUT if wanted & Wait.W else 0
        try:
            self._epoll.modify(descriptor, events)
        except FileNotFoundError:  # the first time
            self._epoll.register(descriptor, events)

    def _look(self) -> None:
        for descriptor, events in self._epoll.poll(0):
            ended = events & (select.EPOLLERR | select.EPOLLHUP)
            read = Ready.R if ended or events & select.EPOLLIN else Ready.NONE
            written = Ready.W if ended or events & select.EPOLLOUT else Ready.NONE
            self._wake(descriptor, read | written)

    def _look_again(self) -> None:
        self._wake()
        self._later = self._loop.call_later(SECONDS, self._look_again)

    def _wake(self, descriptor: int | None = None, ready: int = Ready.NONE) -> None:
        for each in list(self._waiting) if descriptor is None else [descriptor]:
            waiting = self._waiting.get(each)
            if waiting is not None and not waiting.done():
                waiting.set_result(ready)


class Interrupted(Generic[T]):
    """Steps that begin with what interrupted them: the driver then ends the statement as it does when it waits itself.

    Args:
        steps: that were interrupted.
        interruption: by what.
    """

    def __init__(self, steps: PQGen[T], interruption: BaseException) -> None:
        self._steps = steps
        self._interruption: BaseException | None = interruption

    def __next__(self) -> Wait:
        """Raise it, or go on."""
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            raise interruption
        return next(self._steps)

    def send(self, ready: int) -> Wait:
        """Go on."""
        return self._steps.send(ready)
