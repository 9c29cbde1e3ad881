"""A request's head: how many bytes and how much time it may take, both of which uvicorn leaves open."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

LIMIT = 65536
"""Bytes of a request line and its headers, beyond what came with the first of them."""

SECONDS = 10.0
"""From the connection, or from a head's first byte; while nothing comes between two requests, uvicorn counts."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which ends a connection whose next head is too long or too long in coming.

    Without an end to either, whoever connects fills the memory with one header that never ends, or holds as many
    connections as a process may have with a byte now and then (Slowloris).
    """

    _partial = False
    _read = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Expect a head."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect_no_longer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see whether a head is still on its way; nearly all come in one piece."""
        continued = self._partial
        super().data_received(data)
        if self.transport.is_closing() or not (self._partial or self._idle):
            return
        if self._deadline is None:
            self._expect()
        if continued and self._partial:
            self._read += len(data)
            if self._read > LIMIT:
                self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Count from here."""
        self._partial, self._read = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; what follows is the body."""
        self._partial = False
        self._expect_no_longer()
        super().on_headers_complete()

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(SECONDS, self._end, HTTPStatus.REQUEST_TIMEOUT)

    def _expect_no_longer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: HTTPStatus) -> None:
        self._expect_no_longer()
        if self._partial and self._idle:  # else nothing was asked that this could be the answer to
            head = f"HTTP/1.1 {status} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode())
        self.transport.close()
