"""The load generator: raw HTTP/1.1 on connections that are kept, written so that it is not what is measured."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools

HOST = "127.0.0.1"
NextRequest = Callable[[], bytes]
"""Gives a connection's next request."""


class UnexpectedAnswer(Exception):
    """A server answered with another status than the operation's; such a measurement means nothing."""


@dataclass(frozen=True)
class Sample:
    """What one server did in one window.

    Args:
        seconds: the window's length.
        latencies: seconds of each request that was answered in it.
        answers: how many were answered in it, before it and after it.
    """

    seconds: float
    latencies: list[float] = field(repr=False)
    answers: int = 0

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Give the latency that this share of the answers stayed within, in seconds; 0 where there are none."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class Http(asyncio.Protocol, ABC):
    """A connection whose answers httptools reads; what is done with them is another's."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits, if anybody does."""
        self._fail(exc or ConnectionResetError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        """Keep the body: httptools calls this."""
        self._body += body

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def _expect(self) -> None:
        """Begin to read another answer."""
        self._parser = httptools.HttpResponseParser(self)
        self._body.clear()

    @abstractmethod
    def _fail(self, error: Exception) -> None:
        """Tell who waits that there will be no answer."""


class Connection(Http):
    """One client: it sends its next request as soon as the last is answered.

    Args:
        next_request: what it sends.
        status: what each answer's status must be.
    """

    def __init__(self, next_request: NextRequest, status: int) -> None:
        super().__init__()
        self._next = next_request
        self._status = status
        self._sent_at = 0.0
        self._stopping = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answers: list[tuple[float, float]] = []
        self.cookies: list[str] = []

    @property
    def body(self) -> bytes:
        """The last answer's body."""
        return bytes(self._body)

    def begin(self) -> None:
        """Send the first request."""
        self._send()

    def stop(self) -> None:
        """Send no more; `done` is set with the answer that is on its way."""
        self._stopping = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the cookies: httptools calls this."""
        if name.lower() == b"set-cookie":
            self.cookies.append(value.partition(b";")[0].decode())

    def on_message_complete(self) -> None:
        """Count the answer and go on: httptools calls this."""
        now = perf_counter()
        status = self._parser.get_status_code()
        if status != self._status:
            self._fail(UnexpectedAnswer(f"{status} instead of {self._status}: {self.body[:300]!r}"))
            return
        self.answers.append((now, now - self._sent_at))
        if self._stopping:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._send()

    def _send(self) -> None:
        assert self._transport is not None  # noqa: S101 - begin() comes after connection_made()
        self._expect()
        self._sent_at = perf_counter()
        self._transport.write(self._next())

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
        self.close()


async def once(port: int, request: bytes, status: int = 200) -> Connection:
    """Send one request.

    Args:
        port: the server's.
        request: its bytes.
        status: what the answer's must be.

    Returns:
        The connection, closed, with the answer's body and cookies.

    Raises:
        UnexpectedAnswer: it was another.
    """
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(lambda: request, status), HOST, port)
    connection.stop()
    connection.begin()
    await connection.done
    connection.close()
    return connection


async def measure(
    port: int, clients: list[NextRequest], *, warm_up: float, seconds: float, status: int = 200
) -> Sample:
    """Let clients send as fast as they are answered, and count what is answered in a window.

    Args:
        port: the server's.
        clients: what each of them sends; as many as requests shall be in flight.
        warm_up: seconds before the window, under the same load.
        seconds: the window.
        status: what each answer's status must be.

    Raises:
        UnexpectedAnswer: it was another, once.
    """
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda client=client: Connection(client, status), HOST, port)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for client in clients
    ]
    connections = [connection for _, connection in made]
    for connection in connections:
        connection.begin()
    begin = perf_counter() + warm_up
    await _run(connections, warm_up + seconds)
    end = begin + seconds
    latencies = [latency for each in connections for at, latency in each.answers if begin <= at < end]
    return Sample(seconds, latencies, sum(len(each.answers) for each in connections))


async def _run(connections: list[Connection], seconds: float) -> None:
    all_done = asyncio.gather(*(connection.done for connection in connections))
    try:
        await asyncio.wait([all_done], timeout=seconds)
        for connection in connections:
            connection.stop()
        await all_done
    finally:
        for connection in connections:
            connection.close()


def request(method: str, path: str, *, body: bytes = b"", **headers: str) -> bytes:
    """Give a request's bytes.

    Args:
        method: GET or POST.
        path: with its query.
        body: JSON, unless a header says otherwise.
        headers: with underscores for hyphens.
    """
    given = {"host": HOST, "user-agent": "bench"}
    if body:
        given |= {"content-type": "application/json", "content-length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
