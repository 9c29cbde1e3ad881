"""Routes that read JSON strictly."""

from __future__ import annotations

from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts

from servicekit.problems import UnsupportedMediaType
from servicekit.strict_json import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class StrictRequest(Request):
    """A request whose JSON is read by `servicekit.strict_json`."""

    async def json(self) -> Any:  # noqa: ANN401  any JSON, as in the base class
        """Parse the body, once."""
        if not hasattr(self, "_parsed"):
            self._parsed = parse(await self.body())
        return self._parsed


class StrictRoute(APIRoute):
    """A route that takes its body as strict JSON or not at all."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler: it sees the parsed body, and never a body of another type."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def strict(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            if await request.body():
                if not _is_json(request.headers.get("content-type", "")):
                    raise UnsupportedMediaType
                await request.json()  # here, for FastAPI would hide a problem behind its own 400
            return await handler(request)

        return strict


class Router(APIRouter):
    """A router of strict routes."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  FastAPI's own options
        """Make a router.

        Args:
            options: as `fastapi.APIRouter` takes them.
        """
        super().__init__(route_class=StrictRoute, **options)


def allowed_methods(request: Request) -> str:
    """Give every method that the resource of a request takes, as RFC 9110 wants the header Allow (10.2.1).

    The framework names only those of the first route that has the path, and each of ours has one method.

    Args:
        request: any.
    """
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = [route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(path)]
    return ", ".join(sorted({method for route in routes for method in route.methods or ()}))


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
