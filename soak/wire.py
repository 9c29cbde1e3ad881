"""HTTP/1.1 on one connection that is kept: a client that costs a tenth of what the service does for a request."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from bench.http_load import HOST, Http


class Lost(Exception):
    """There was no connection, or it ended before the answer."""


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Args:
        status: of HTTP.
        body: its bytes.
        headers: their names in lower case.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:  # noqa: ANN401  # whatever it says
        """Read the body."""
        return json.loads(self.body)

    @property
    def outcome(self) -> str:
        """The status, with the machine-readable reason where it has one: `403 insufficient_qty`."""
        if self.status < 400 or not self.body.startswith(b"{"):  # noqa: PLR2004  # what is refused
            return str(self.status)
        return f"{self.status} {self.json().get('reason', '')}".strip()


class Wire(Http):
    """A connection, and the one request that is on it."""

    def __init__(self) -> None:
        super().__init__()
        self._answered: asyncio.Future[Answer] | None = None
        self._headers: dict[str, str] = {}

    @classmethod
    async def to(cls, port: int) -> Wire:
        """Connect.

        Args:
            port: on loopback.

        Raises:
            Lost: nobody listens there.
        """
        try:
            _, wire = await asyncio.get_running_loop().create_connection(cls, HOST, port)
        except OSError as error:
            raise Lost(repr(error)) from error
        return wire

    async def ask(self, request: bytes, seconds: float) -> Answer:
        """Send a request and wait for its answer; one at a time.

        Args:
            request: its bytes.
            seconds: how long to wait.

        Raises:
            Lost: the connection ended.
            TimeoutError: it took longer.
        """
        if self._transport is None or self._transport.is_closing():
            raise Lost("the connection was closed")
        self._expect()
        self._headers = {}
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            async with asyncio.timeout(seconds):
                return await self._answered
        finally:
            self._answered = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep it: httptools calls this."""
        self._headers[name.decode().lower()] = value.decode()

    def on_message_complete(self) -> None:
        """Give the answer to who waits: httptools calls this."""
        if self._answered is not None and not self._answered.done():
            status = self._parser.get_status_code()
            self._answered.set_result(Answer(status, bytes(self._body), self._headers))
        if self._headers.get("connection") == "close":
            self.close()

    def _fail(self, error: Exception) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(Lost(repr(error)))
        self.close()
