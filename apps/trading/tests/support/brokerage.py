"""A trading service on a database of its own, with people, instruments and a market whose time stands still."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
from psycopg.rows import dict_row
from pydantic import AnyHttpUrl, SecretStr

from servicekit.auth import token_hash
from trading_app.main import create_app
from trading_app.settings import TradingSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import FastAPI

    from servicekit.database import Database

ADDRESS = "http://testserver"
MONDAY = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


_QUIET = """
    SELECT NOT EXISTS (SELECT FROM trading.quotes WHERE matched_version < version) AND NOT EXISTS (
        SELECT FROM trading.orders o JOIN trading.quotes q USING (instrument_id)
        WHERE o.status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced') AND (
            o.time_in_force IN ('ioc', 'fok')
            OR o.triggered_at IS NULL AND CASE o.side WHEN 'buy' THEN o.stop_price <= q.last_price
                                                      ELSE o.stop_price >= q.last_price END
            OR (o.stop_price IS NULL OR o.triggered_at IS NOT NULL) AND CASE o.side
                WHEN 'buy' THEN q.ask_size > q.ask_taken AND coalesce(o.limit_price >= q.ask_price, true)
                ELSE q.bid_size > q.bid_taken AND coalesce(o.limit_price <= q.bid_price, true) END))
"""


def settings(url: str, **values: Any) -> TradingSettings:  # noqa: ANN401  whatever a setting takes
    given: dict[str, Any] = {"clock": "market", "environment": "development", "database_pool_size": 12}
    return TradingSettings(database_url=SecretStr(url), public_url=AnyHttpUrl(ADDRESS), **(given | values))


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    id: UUID
    token: str

    def client(self, app: FastAPI, account: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"} | ({"X-Account-Id": account} if account else {})
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=ADDRESS, headers=headers
        )


class Market:
    """Writes what other services and the market's data would, as plain SQL."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        self.connection.close()

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        cursor = self.connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: object) -> Any:  # noqa: ANN401  whatever the query asks for
        (row,) = self.rows(query, *parameters)
        (found,) = row.values()
        return found

    def forget(self) -> None:
        """Take the symbols from the instruments there are, and the time from the market."""
        self.rows("UPDATE trading.instruments SET symbol = upper(id::text)")
        self.rows("DELETE FROM trading.quotes")

    def fills(self, instrument: UUID) -> int:
        found: int = self.value(
            "SELECT count(*) FROM trading.executions WHERE instrument_id = %s", instrument
        )
        return found

    def quiet(self) -> bool:
        """Whether every quote is matched, and no order could trade or would have to end at once."""
        found: bool = self.value(_QUIET)
        return found

    def person(self, role: str = "user") -> Person:
        token = secrets.token_urlsafe(24)
        user = self.value(
            'INSERT INTO platform."user" (name, email, role) VALUES (%s, %s, %s) RETURNING id',
            "Ada",
            f"{secrets.token_hex(8)}@example.org",
            role,
        )
        self.rows(
            """INSERT INTO platform.session (user_id, token_hash, expires_at, absolute_expires_at)
               VALUES (%s, %s, now() + interval '1 day', now() + interval '1 day')""",
            user,
            token_hash(token),
        )
        return Person(user, token)

    def instrument(self, symbol: str, **values: object) -> UUID:
        given = {"symbol": symbol, "name": symbol, "exchange": "NASDAQ", "fractionable": True} | values
        names = ", ".join(given)
        marks = ", ".join(["%s"] * len(given))
        found: UUID = self.value(
            f"INSERT INTO trading.instruments ({names}) VALUES ({marks}) RETURNING id", *given.values()
        )
        return found

    def session(self, day: date, *, opens: str = "14:30", closes: str = "21:00") -> None:
        self.rows(
            """INSERT INTO trading.trading_sessions
                   (mic, session_date, time_zone, pre_market_opens_at, opens_at, closes_at, after_hours_closes_at)
               VALUES ('XNYS', %s, 'America/New_York', %s, %s, %s, %s)""",
            day,
            f"{day} 09:00Z",
            f"{day} {opens}Z",
            f"{day} {closes}Z",
            f"{day + timedelta(days=1)} 01:00Z",
        )

    def sessions(self, first: date, days: int) -> None:
        """Open the exchange on the working days from one day on."""
        for day in (first + timedelta(days=n) for n in range(days)):
            if day.isoweekday() <= 5:
                self.session(day)

    def quote(
        self,
        instrument: UUID,
        bid: str | None = "99.90",
        ask: str | None = "100.00",
        *,
        size: int = 1000,
        last: str | None = None,
        at: datetime = MONDAY,
    ) -> None:
        """Take in a quote, as the market's data does."""
        values = {
            "instrument": instrument,
            "at": at,
            "bid": bid and Decimal(bid),
            "bid_size": size if bid else 0,
            "ask": ask and Decimal(ask),
            "ask_size": size if ask else 0,
            "last": last and Decimal(last),
        }
        self.connection.execute(
            """INSERT INTO trading.quotes AS q (instrument_id, quoted_at, bid_price, bid_size, ask_price, ask_size,
                                                last_price, last_size, last_traded_at)
               VALUES (%(instrument)s, %(at)s, %(bid)s, %(bid_size)s, %(ask)s, %(ask_size)s,
                       %(last)s, CASE WHEN %(last)s::numeric IS NOT NULL THEN 1 END,
                       CASE WHEN %(last)s::numeric IS NOT NULL THEN %(at)s::timestamptz END)
               ON CONFLICT (instrument_id) DO UPDATE
               SET quoted_at = excluded.quoted_at, version = q.version + 1,
                   bid_price = excluded.bid_price, bid_size = excluded.bid_size, bid_taken = 0,
                   ask_price = excluded.ask_price, ask_size = excluded.ask_size, ask_taken = 0,
                   last_price = coalesce(excluded.last_price, q.last_price),
                   last_size = coalesce(excluded.last_size, q.last_size),
                   last_traded_at = coalesce(excluded.last_traded_at, q.last_traded_at)""",
            values,
        )
        self.rows("SELECT pg_notify('trading_quotes', %s)", str(instrument))


@dataclass
class Brokerage:
    """The service, the market it lives in, and how its clients reach it."""

    app: FastAPI
    market: Market
    url: str

    @property
    def database(self) -> Database:
        database: Database = self.app.state.service.database
        return database

    @asynccontextmanager
    async def customer(self, cash: str = "100000.00") -> AsyncIterator[httpx.AsyncClient]:
        """A client of somebody new, with an account that holds some cash."""
        async with self.market.person().client(self.app) as client:
            answer = await client.post("/v2/accounts", json={"opening_cash": cash})
            assert answer.status_code == 201, answer.text
            client.headers["X-Account-Id"] = answer.json()["id"]
            yield client


@asynccontextmanager
async def brokerage_on(url: str, **values: Any) -> AsyncIterator[Brokerage]:  # noqa: ANN401  as settings
    app = create_app(settings(url, **values))
    market = Market(url)
    try:
        async with app.router.lifespan_context(app):
            yield Brokerage(app, market, url)
    finally:
        market.close()
