"""What no endpoint should ever see: endless bodies, traps in headers, requests forged by another site."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from servicekit.origins import check_origin
from servicekit.problems import BadRequest, BodyTooLarge, BodyTooSlow, BrokenOff

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from servicekit.settings import ServiceSettings


SECONDS = 20.0
"""For a request's body, from its head on; less than `servicekit.serving.GRACE`."""


class Guard:
    """ASGI middleware that raises a problem for what must not pass.

    Args:
        app: what it guards.
        settings: trusted origins and the largest body.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._origins = settings.origins
        self._limit = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, and its body while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Postgres keeps no NUL in a text, so none may reach a query
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise BadRequest("The address holds a NUL character.")
        _drop_escaped_cookies(scope)
        headers = Headers(scope=scope)
        check_origin(scope["method"], headers, self._origins)
        if int(headers.get("content-length", "0")) > self._limit:
            raise BodyTooLarge
        await self._app(scope, _Body(receive, self._limit), send)


def _drop_escaped_cookies(scope: Scope) -> None:
    """Leave out cookies with a backslash, which RFC 6265 has not.

    Reading one takes Python before 3.11.10 and 3.12.6 the square of its length, a quarter of a minute for 60 kB
    (CVE-2024-7592), and the framework reads all cookies of every request.
    """
    for at, (name, value) in enumerate(scope["headers"]):
        if name == b"cookie" and b"\\" in value:
            kept = [cookie for cookie in value.split(b";") if b"\\" not in cookie]
            scope["headers"][at] = (name, b";".join(kept))


class _Body:
    """The way to a request's body, which ends where it gets too long or takes too long."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self._deadline: float | None = asyncio.get_running_loop().time() + SECONDS

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.disconnect" and self._deadline is not None:
            raise BrokenOff
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge
        if not message.get("more_body", False):
            self._deadline = None  # it is complete; from here on this waits for the client to leave
        return message
