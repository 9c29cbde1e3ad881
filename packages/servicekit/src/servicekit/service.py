"""The composition of a service: everything in this package, in the order in which a request meets it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from servicekit.database import Database
from servicekit.edge import Edge
from servicekit.guard import Guard
from servicekit.health import NeededRevisions, explained, health_router
from servicekit.metrics import Metrics
from servicekit.rendering import RESPONSES, Renderer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from servicekit.auth import SessionReader
    from servicekit.routing import Router
    from servicekit.settings import ServiceSettings

__all__ = ["NeededRevisions", "Service", "build"]


@dataclass(frozen=True)
class Service:
    """What dependencies find at `app.state.service`.

    Args:
        settings: the service's.
        database: the service's.
        sessions: who finds the principal behind a token.
    """

    settings: ServiceSettings
    database: Database
    sessions: SessionReader


def build(  # noqa: PLR0913  a composition names its parts; all but the first are keywords
    settings: ServiceSettings,
    *,
    name: str,
    routers: Sequence[Router],
    revisions: NeededRevisions,
    sessions: SessionReader,
    renderer: Renderer | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """Compose a service.

    Args:
        settings: the service's.
        name: the service's, in logs, in Postgres and in the OpenAPI document.
        routers: its features, the busiest first: routes are tried in this order.
        revisions: the schema it was written for.
        sessions: who finds the principal behind a token.
        renderer: how this API writes its problems.
        lifespan: opened after the database and closed before it.
    """
    renderer = renderer or Renderer()
    database = Database(settings, name=name)
    metrics = Metrics(database)

    @asynccontextmanager
    async def whole_life(app: FastAPI) -> AsyncIterator[None]:
        async with database:
            if lifespan is None:
                yield
            else:
                async with lifespan(app):
                    yield

    app = FastAPI(
        title=name,
        lifespan=whole_life,
        docs_url=None,  # pages that load scripts from elsewhere, which our own policy forbids
        redoc_url=None,
        redirect_slashes=False,
        responses=RESPONSES,
        exception_handlers={HTTPException: renderer.handle, RequestValidationError: renderer.handle},
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)),
            *_cross_origin(settings),  # around the edge, for a page must be able to read problems too
            Middleware(
                Edge,
                renderer=renderer,
                explain=partial(explained, database, revisions),
                metrics=metrics,
                https=settings.https,
            ),
            Middleware(Guard, settings=settings),
        ],
    )
    app.state.service = Service(settings, database, sessions)
    for router in (*routers, health_router(database, metrics, revisions)):
        app.include_router(router)
    return app


def _cross_origin(settings: ServiceSettings) -> list[Middleware]:
    """Let browsers carry what pages of trusted origins say, cookies included; a page of our own needs no leave."""
    if not settings.trusted_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.trusted_origins,
            allow_credentials=True,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("*",),
            expose_headers=("Retry-After", "X-Request-Id"),
        )
    ]
