"""What no server on this machine can exceed: the bare query for get-session, the bare hash for the other two."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from time import perf_counter

import psycopg
from argon2 import PasswordHasher, Type

from bench.http_load import Sample

MEMORY, TIME, LANES = 65536, 3, 1
"""The platform's defaults: argon2id with 64 MiB, three passes, one lane."""

QUERY = """
SELECT s.id, s.user_id, s.expires_at, s.absolute_expires_at, s.ip_address, s.user_agent, s.created_at, s.updated_at,
       u.id, u.name, u.email, u.email_verified, u.image, u.role, u.banned_at, u.created_at, u.updated_at
FROM platform.session s JOIN platform."user" u ON u.id = s.user_id
WHERE s.token_hash = %s AND s.expires_at > now() AND s.absolute_expires_at > now() AND u.banned_at IS NULL
"""

HASHER = PasswordHasher(time_cost=TIME, memory_cost=MEMORY, parallelism=LANES, type=Type.ID)


async def bare_query(database: str, concurrency: int, *, warm_up: float, seconds: float) -> Sample:
    """Ask who holds a token, prepared, on connections of its own, and nothing else.

    Args:
        database: the platform's, with a session in it.
        concurrency: how many at once.
        warm_up: seconds before the window, under the same load.
        seconds: the window.
    """
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        cursor = await connection.execute("SELECT token_hash FROM platform.session LIMIT 1")
        row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - somebody signed in before
    begin = perf_counter() + warm_up
    end = begin + seconds

    async def ask() -> list[float]:
        found = []
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            while (at := perf_counter()) < end:
                cursor = await connection.execute(QUERY, row, prepare=True)
                await cursor.fetchone()
                if begin <= (now := perf_counter()) < end:
                    found.append(now - at)
        return found

    return Sample(seconds, [*chain(*await asyncio.gather(*(ask() for _ in range(concurrency))))])


async def bare_hash(concurrency: int, *, warm_up: float, seconds: float) -> Sample:
    """Verify a password on as many threads as there are cores, and nothing else.

    Args:
        concurrency: how many at once, at most.
        warm_up: seconds before the window, under the same load.
        seconds: the window.
    """
    stored = HASHER.hash("correct horse battery staple")
    threads = min(concurrency, os.cpu_count() or 1)
    begin = perf_counter() + warm_up
    end = begin + seconds

    def verify() -> list[float]:
        found = []
        while (at := perf_counter()) < end:
            HASHER.verify(stored, "correct horse battery staple")
            if begin <= (now := perf_counter()) < end:
                found.append(now - at)
        return found

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(threads) as pool:
        rounds = [loop.run_in_executor(pool, verify) for _ in range(threads)]
        return Sample(seconds, [*chain(*await asyncio.gather(*rounds))])
