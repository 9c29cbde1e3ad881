"""Records events (OWASP ASVS 5.0, 16.3.1). No secret and no address in the clear ever gets here."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.audit import queries
from platform_app.audit.events import Event
from platform_app.clients import Client

log = structlog.get_logger("platform_app.audit")


async def record(
    connection: AsyncConnection,
    event: Event,
    client: Client | None,
    *,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    failure: str | None = None,
    **details: Any,  # noqa: ANN401  # any JSON
) -> None:
    """Keep an event, in the transaction of what it tells about.

    Args:
        connection: the transaction.
        event: what was done or tried.
        client: who did it; None for the command line.
        user_id: to whose account.
        session_id: in which session.
        failure: the reason, if it was not done.
        details: what else is worth keeping; no secrets.
    """
    row = {
        "event": event,
        "outcome": "failure" if failure else "success",
        "reason": failure,
        "user_id": user_id,
        "session_id": session_id,
        "request_id": client.request_id if client else None,
        "ip_address": client.address if client else None,
        "user_agent": client.user_agent if client else None,
        "metadata": details,
    }
    await queries.add(connection, row)
    log.info(event.value, outcome=row["outcome"], reason=failure, user_id=str(user_id) if user_id else None)
