"""The outermost layer: request id, security headers, log line and metrics, and an answer whatever happens."""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from starlette.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from servicekit.metrics import Metrics
    from servicekit.rendering import Renderer

log = structlog.get_logger("servicekit.request")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_SERVER_ERROR = 500

SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""OWASP REST Security Cheat Sheet; an endpoint may set its own instead."""

HSTS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


class Edge:
    """ASGI middleware around everything.

    Args:
        app: the rest.
        renderer: how an exception becomes an answer.
        explain: what an exception means, for the database may tell more than its error.
        metrics: where requests are counted.
        https: whether browsers come over https, and shall stay there.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        renderer: Renderer,
        explain: Callable[[Exception], Awaitable[Exception]],
        metrics: Metrics,
        https: bool,
    ) -> None:
        self._app = app
        self._renderer = renderer
        self._explain = explain
        self._metrics = metrics
        headers = SECURITY_HEADERS | (HSTS if https else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        begun = perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                ours = (header for header in self._headers if header[0] not in given)
                message["headers"] = [*message["headers"], *ours, (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception as raised:
                if status:
                    log.exception("answer_broken_off", route=_route(scope))
                    raise
                error = await self._explain(raised)
                _log_failure(raised, self._renderer.problem(error).status)
                await self._renderer.response(error, request_id)(scope, receive, send_with_headers)
            finally:
                self._record(scope, status, perf_counter() - begun)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        self._metrics.observe(scope["method"], route, status, seconds)
        if route in _QUIET and status < _SERVER_ERROR:
            return
        client = scope["client"][0] if scope.get("client") else None
        # the route's template: a path may hold a token
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            client=client,
        )


def _log_failure(error: Exception, status: int) -> None:
    if status == _SERVER_ERROR:
        log.error("request_failed", exc_info=error)
    elif status > _SERVER_ERROR:
        cause = getattr(error, "orig", None) or error  # SQLAlchemy wraps psycopg's, whose names say more
        log.warning("request_unavailable", error=type(cause).__name__)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")
