from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from servicekit import logs
from servicekit.rendering import Renderer
from servicekit.service import build
from trading_app.accounts.endpoints import router as accounts
from trading_app.accounts.membership import MEMBERSHIPS
from trading_app.activities.endpoints import router as activities
from trading_app.audit.endpoints import router as audit
from trading_app.books.endpoints import router as books
from trading_app.closing.endpoints import router as closing
from trading_app.instruments.endpoints import router as instruments
from trading_app.market_data.endpoints import router as market_data
from trading_app.needed_revisions import needed_revisions
from trading_app.orders.endpoints import router as orders
from trading_app.positions.endpoints import router as positions
from trading_app.reconciliation.endpoints import router as reconciliation
from trading_app.risk.endpoints import router as risk
from trading_app.sessions.endpoints import router as sessions
from trading_app.settings import TradingSettings
from trading_app.venue.announcing import Announcer
from trading_app.venue.clock import clock_of
from trading_app.venue.service import Venue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from servicekit.problems import Problem


def create_app(settings: TradingSettings) -> FastAPI:
    app = build(
        settings,
        name="trading",
        routers=[
            orders,
            positions,
            accounts,
            market_data,
            instruments,
            activities,
            audit,
            books,
            closing,
            reconciliation,
            risk,
            sessions,
        ],
        revisions=needed_revisions(),
        sessions=MEMBERSHIPS,
        renderer=Renderer(code_of=alpaca_code),
        lifespan=_venue_at_work,
    )
    database, clock = app.state.service.database, clock_of(settings)
    app.state.venue = Venue(database, clock, Announcer(database))
    return app


@asynccontextmanager
async def _venue_at_work(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.venue.announcer.running():
        yield


def app_from_environment() -> FastAPI:
    settings = TradingSettings.load()
    logs.configure(settings)
    return create_app(settings)


def alpaca_code(problem: Problem) -> int:
    """Alpaca's codes are numbers: the HTTP status and five more digits, 10000 where there is no finer word."""
    return problem.status * 100_000 + 10_000
