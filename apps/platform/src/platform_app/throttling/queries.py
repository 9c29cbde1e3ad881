"""The counters. Each statement stands alone, in autocommit mode: a refused request must stay counted when its
transaction rolls back, and no counter's row may be locked while a password is hashed."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.tables import throttle
from servicekit.database import Database

_HIT = """
INSERT INTO platform.throttle AS counter (scope, subject, hits, window_started_at)
SELECT scope, subject, 1, now()
FROM unnest(%(scopes)s::text[], %(subjects)s::text[], %(windows)s::int[]) AS asked (scope, subject, seconds)
ON CONFLICT (scope, subject) DO UPDATE SET
    hits = CASE WHEN counter.window_started_at <= now() - {window} THEN 1 ELSE least(counter.hits + 1, 1000000) END,
    window_started_at = CASE WHEN counter.window_started_at <= now() - {window} THEN now()
                             ELSE counter.window_started_at END
RETURNING scope, hits, extract(epoch FROM now() - window_started_at)::float8 AS age
""".format(window="make_interval(secs => split_part(excluded.scope, '/', 2)::int)")

_ATTEMPT = """
INSERT INTO platform.throttle AS counter (scope, subject, failures)
VALUES (%(scope)s, %(subject)s, 1)
ON CONFLICT (scope, subject) DO UPDATE SET
    failures = counter.failures + 1,
    blocked_until = CASE WHEN counter.failures < %(free)s THEN NULL ELSE now() + make_interval(
        secs => least(%(first)s * power(2, least(counter.failures - %(free)s, 30)), %(longest)s)) END
WHERE counter.failures < %(most)s AND (counter.blocked_until IS NULL OR counter.blocked_until <= now())
RETURNING failures
"""

_WAIT = """
SELECT CASE WHEN failures >= %(most)s THEN %(longest)s
            ELSE greatest(1, extract(epoch FROM blocked_until - now())) END::float8 AS seconds
FROM platform.throttle WHERE scope = %(scope)s AND subject = %(subject)s
"""

_TAKE_BACK = """
UPDATE platform.throttle SET failures = failures - 1, blocked_until = NULL
WHERE scope = %(scope)s AND subject = %(subject)s AND failures > 0
"""

_KNOWN = """
SELECT EXISTS (
    SELECT FROM platform.audit_log
    WHERE user_id = %(user_id)s AND outcome = 'success' AND event = ANY (%(events)s)
      AND created_at > now() - interval '90 days' AND ip_address <<= %(block)s::inet
) AS known
"""


@dataclass(frozen=True)
class Backoff:
    """How failures in a row slow the next try down.

    Args:
        free: failures without any wait.
        first: seconds of the first wait; each further failure doubles it.
        longest: seconds of the longest wait.
        most: failures after which only a known place or a reset gets through.
    """

    free: int = 10
    first: int = 30
    longest: int = 900
    most: int = 100


async def hit(database: Database, rows: list[tuple[str, str, int]]) -> dict[str, tuple[int, float]]:
    """Count one try for each (scope, subject, window in seconds): the hits by scope and their window's age.

    The rows are locked in the order given, from the narrowest block to the widest: no two requests can wait for
    each other. The window is the second part of the scope's name, because EXCLUDED has the table's columns only.
    """
    async with database.connection() as connection:
        cursor = await connection.execute(
            _HIT,
            {
                "scopes": [f"{scope}/{window}" for scope, _, window in rows],
                "subjects": [subject for _, subject, _ in rows],
                "windows": [window for _, _, window in rows],
            },
        )
        return {scope.rsplit("/", 1)[0]: (hits, age) for scope, hits, age in await cursor.fetchall()}


async def attempt(database: Database, scope: str, subject: str, backoff: Backoff) -> float | None:
    """Count a failure in advance, so that parallel guesses cannot all pass before the first is counted.

    Returns:
        None when the try may go on, else the seconds to wait.
    """
    parameters = {"scope": scope, "subject": subject, **vars(backoff)}
    async with database.connection() as connection:
        cursor = await connection.execute(_ATTEMPT, parameters)
        if await cursor.fetchone():
            return None
        cursor = await connection.execute(_WAIT, parameters)
        row = await cursor.fetchone()
        return float(row[0]) if row else 1.0


async def is_known(database: Database, user_id: UUID, block: str, events: list[str]) -> bool:
    async with database.connection() as connection:
        cursor = await connection.execute(_KNOWN, {"user_id": user_id, "block": block, "events": events})
        row = await cursor.fetchone()
        return bool(row and row[0])


async def take_back(database: Database, scope: str, subject: str) -> None:
    """Undo `attempt` for a try that nobody looked at."""
    async with database.connection() as connection:
        await connection.execute(_TAKE_BACK, {"scope": scope, "subject": subject})


async def forget(connection: AsyncConnection, scope: str, subjects: list[str]) -> None:
    await connection.execute(
        delete(throttle).where(throttle.c.scope == scope, throttle.c.subject.in_(subjects))
    )
