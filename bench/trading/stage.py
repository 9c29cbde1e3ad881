"""The stage: a database with both apps' schemas, the trading service's processes, and traders who are signed in."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from bench.http_load import once, request
from bench.processes import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

SYMBOL = "ACME"
TRADERS = 32
ADDRESS = "http://127.0.0.1"
POOL_SIZE = "10"

# A session that is on, whenever this runs; a market with more on display than anybody will take.
_MARKET = """
    INSERT INTO trading.instruments (symbol, name, exchange, fractionable) VALUES (%(symbol)s, 'Bench', 'NASDAQ', true);
    INSERT INTO trading.trading_sessions (mic, session_date, time_zone, opens_at, closes_at)
    VALUES ('XNYS', current_date, 'America/New_York', now() - interval '1 hour', now() + interval '1 day');
    INSERT INTO trading.quotes (instrument_id, quoted_at, bid_price, bid_size, ask_price, ask_size, last_price, last_size,
                                last_traded_at)
    SELECT id, now(), 100, 1e10, 100.10, 1e10, 100, 1, now() FROM trading.instruments WHERE symbol = %(symbol)s;
"""
_TRADER = """
    WITH known AS (
        INSERT INTO platform."user" (name, email) VALUES ('Trader', %(email)s) RETURNING id
    )
    INSERT INTO platform.session (user_id, token_hash, expires_at, absolute_expires_at)
    SELECT id, %(token_hash)s, now() + interval '1 day', now() + interval '1 day' FROM known
"""
_QUOTE = """
    UPDATE trading.quotes SET quoted_at = clock_timestamp(), version = version + 1, ask_price = %(ask)s, ask_taken = 0;
    SELECT pg_notify('trading_quotes', instrument_id::text) FROM trading.quotes;
"""


@dataclass(frozen=True)
class Stage:
    """What is measured.

    Args:
        database: its URL, as a superuser.
        processes: of the API.
        worker: that fills.
        tokens: of the traders, each with an account of their own.
    """

    database: str
    processes: list[Served]
    worker: Served
    tokens: list[str]

    def market_asks(self, price: str) -> None:
        """Have the market ask another price."""
        with psycopg.connect(
            self.database, autocommit=True, cursor_factory=psycopg.ClientCursor
        ) as connection:
            connection.execute(_QUOTE, {"ask": price})

    def value(self, query: str) -> int:
        """Ask the database for one number."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def stage(python: str, database: str, folder: Path, *, processes: int = 2) -> Iterator[Stage]:
    """Set it.

    Args:
        python: of an environment with the service in it.
        database: an empty one's URL, as a superuser.
        folder: for logs.
        processes: how many of the API.
    """
    settings = environment(database)
    migration = (python, "-m", "caravan", "migrate")
    subprocess.run(migration, env=settings, check=True, capture_output=True)  # noqa: S603  our own command
    with psycopg.connect(database, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(_MARKET, {"symbol": SYMBOL})
        tokens = [_trader(connection) for _ in range(TRADERS)]
    with ExitStack() as stack:
        served = [
            stack.enter_context(api(python, settings, folder / f"api-{number}.log"))
            for number in range(processes)
        ]
        command = (python, "-m", "trading_app.cli", "worker")
        ready = r'"event": "worker_started"(?P<port>)'
        worker = stack.enter_context(serving(command, settings, folder / "worker.log", ready))
        yield Stage(database, served, worker, tokens)


def api(python: str, settings: dict[str, str], log: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201  as serving
    """Run a process of the API as `trading serve` runs it in production."""
    command = (python, "-m", "trading_app.cli", "serve", "--port", "0")
    return serving(command, settings, log, r"Uvicorn running on http://127\.0\.0\.1:(?P<port>\d+)")


def environment(database: str) -> dict[str, str]:
    """Give the settings of every process."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {
        "DATABASE_URL": database,
        "ENVIRONMENT": "production",
        "TRADING_PUBLIC_URL": ADDRESS,
        "TRADING_DATABASE_POOL_SIZE": POOL_SIZE,
    }


async def open_accounts(stage: Stage) -> None:
    """Open each trader's account, through the service itself."""
    body = json.dumps({"opening_cash": "10000000000"}).encode()
    for token in stage.tokens:
        sent = request("POST", "/v2/accounts", body=body, authorization=f"Bearer {token}")
        await once(stage.processes[0].port, sent, 201)


def _trader(connection: psycopg.Connection) -> str:
    token = secrets.token_urlsafe(32)
    values = {
        "email": f"{secrets.token_hex(8)}@example.com",
        "token_hash": hashlib.sha256(token.encode()).digest(),
    }
    connection.execute(_TRADER, values)
    return token
