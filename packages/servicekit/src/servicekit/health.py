"""Liveness, readiness and metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import structlog
from fastapi import Response
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import errors, sql
from sqlalchemy.exc import DBAPIError

from servicekit.outages import is_outage
from servicekit.problems import Unavailable
from servicekit.routing import Router

if TYPE_CHECKING:
    from servicekit.database import Database
    from servicekit.metrics import Metrics

log = structlog.get_logger("servicekit.health")

_LOOK_AGAIN = 1.0  # seconds between two looks of a worker that waits

_NOT_MIGRATED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
)
"""How a statement fails whose migration has not run, or is about to bring the grants up to date."""


class NotReady(Unavailable):
    """The service is not ready."""

    code = "NOT_READY"


@dataclass(frozen=True)
class NeededRevisions:
    """The schema that this version of a service was written for.

    Args:
        schema: the app's schema.
        version_table: Alembic's table in it.
        ids: every revision this version knows, first to last.
    """

    schema: str
    version_table: str
    ids: tuple[str, ...]

    def lacking(self, applied: set[str]) -> list[str]:
        """Give what a database lacks, first to last.

        Args:
            applied: what its version table holds. A revision that this version does not know is a newer one:
                while a deploy rolls, the database is ahead of the old version, which goes on serving.
        """
        if applied - set(self.ids):
            return []
        done = max((self.ids.index(revision) + 1 for revision in applied), default=0)
        return list(self.ids[done:])


async def lacking_revisions(database: Database, needed: NeededRevisions) -> list[str]:
    """Read which revisions the database lacks.

    Args:
        database: the service's.
        needed: what it was written for.

    Raises:
        psycopg.Error: the database does not answer, or not to this role.
    """
    query = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(needed.schema, needed.version_table))
    try:
        async with database.connection() as connection:
            rows = await (await connection.execute(query)).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        # no table, or a schema whose grants no migration has brought up to date yet
        return list(needed.ids)
    return needed.lacking({row[0] for row in rows})


async def unready(database: Database, needed: NeededRevisions) -> NotReady | None:
    """Give what keeps the service from working: no database, or one that lacks revisions. None when it can work.

    Args:
        database: the service's.
        needed: what it was written for.

    Raises:
        psycopg.Error: the database answers with anything but "not now".
    """
    head = needed.ids[-1] if needed.ids else None
    try:
        lacking = await lacking_revisions(database, needed)
    except psycopg.Error as error:
        if not is_outage(error):
            raise
        return NotReady(f"The database gives no connection; revision {head} is needed.", needs=head)
    if lacking:
        return NotReady(f"The database lacks revision {', '.join(lacking)}.", needs=head, lacks=lacking)
    return None


async def explained(database: Database, needed: NeededRevisions, error: Exception) -> Exception:
    """Give what an error means: before its migrations have run, a service is not broken but not ready.

    Args:
        database: the service's.
        needed: what it was written for.
        error: anything that an endpoint raised.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(origin, _NOT_MIGRATED):
        return error
    try:
        reason = await unready(database, needed)
    except psycopg.Error:
        return error
    if reason is None and isinstance(origin, errors.InsufficientPrivilege):
        head = needed.ids[-1] if needed.ids else None
        return NotReady("The database does not grant yet what this service needs.", needs=head)
    return reason or error


async def wait_until_ready(database: Database, needed: NeededRevisions, stopped: asyncio.Event) -> None:
    """Wait, as a worker does before it begins, until the database and its revisions are there, or until told to stop.

    Args:
        database: the worker's.
        needed: what it was written for.
        stopped: set by whoever tells it to stop.

    Raises:
        psycopg.Error: the database answers with anything but "not now".
    """
    told = ""
    while not stopped.is_set() and (reason := await unready(database, needed)) is not None:
        if reason.message != told:
            log.warning("waiting", reason=reason.message)
            told = reason.message
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN):
                await stopped.wait()
    if told and not stopped.is_set():
        log.info("ready")


def health_router(database: Database, metrics: Metrics, needed: NeededRevisions) -> Router:
    """Make the routes that the platform's machinery asks, not its users.

    Args:
        database: the service's.
        metrics: the service's.
        needed: the revisions the service was written for.
    """
    router = Router(include_in_schema=False)
    head = needed.ids[-1] if needed.ids else None

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> dict[str, object]:
        if (reason := await unready(database, needed)) is not None:
            raise reason
        return {"status": "ready", "needs": head}

    @router.get("/metrics")
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
