"""The outbox: what to send, who is sending it, and what came of it.

A request only writes down which mail somebody asked for. Whether the address belongs to anybody is looked up when
the mail is sent: a request does the same work for every address, and a mail server that is slow or down delays
no request.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.mail.templates import Template
from platform_app.tables import outbox
from platform_app.tokens import new_id

DOMAIN_OF_IDS = "mail.tradepost.invalid"
LONGEST_ERROR = 500


@dataclass(frozen=True)
class Job:
    """A mail that this worker has claimed."""

    id: UUID
    template: Template
    recipient: str
    message_id: str
    attempts: int
    parameters: dict[str, Any]


async def enqueue(
    connection: AsyncConnection,
    template: Template,
    recipient: str,
    **parameters: str | None,
) -> None:
    """Write a mail down, in the transaction that is the reason for it.

    Args:
        connection: the transaction.
        template: which mail.
        recipient: a valid address.
        parameters: what the mail needs; no secrets, for they are kept as they are.
    """
    mail_id = new_id()
    await connection.execute(
        insert(outbox).values(
            id=mail_id,
            template=template,
            recipient=recipient,
            message_id=f"<{mail_id}@{DOMAIN_OF_IDS}>",
            content=json.dumps(parameters).encode(),
        )
    )


async def claim(connection: AsyncConnection, worker: str, lease: timedelta) -> Job | None:
    """Take the mail that is due longest, or one whose worker has died; other workers skip it."""
    due = (
        select(outbox.c.id)
        .where(
            or_(outbox.c.status == "pending", outbox.c.status == "sending"),
            outbox.c.available_at <= func.now(),
        )
        .order_by(outbox.c.available_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    result = await connection.execute(
        update(outbox)
        .where(outbox.c.id == due)
        .values(
            status="sending",
            claimed_by=worker,
            attempts=outbox.c.attempts + 1,
            available_at=func.now() + lease,
        )
        .returning(outbox)
    )
    row = result.mappings().one_or_none()
    if row is None:
        return None
    return Job(
        id=row["id"],
        template=Template(row["template"]),
        recipient=row["recipient"],
        message_id=row["message_id"],
        attempts=row["attempts"],
        parameters=json.loads(row["content"]),
    )


def _mine(job: Job, worker: str) -> tuple[Any, ...]:
    """Whether the claim still stands: a worker that slept through its lease must not touch the next one's."""
    return (
        outbox.c.id == job.id,
        outbox.c.status == "sending",
        outbox.c.claimed_by == worker,
        outbox.c.attempts == job.attempts,
    )


async def sent(connection: AsyncConnection, job: Job, worker: str) -> None:
    await connection.execute(
        update(outbox)
        .where(*_mine(job, worker))
        .values(status="sent", sent_at=func.now(), content=None, claimed_by=None, last_error=None)
    )


async def drop(connection: AsyncConnection, job: Job, worker: str) -> None:
    """Forget a mail that nobody is to get: the address is nobody's."""
    await connection.execute(delete(outbox).where(*_mine(job, worker)))


async def again(connection: AsyncConnection, job: Job, worker: str, error: str, wait: timedelta) -> None:
    await connection.execute(
        update(outbox)
        .where(*_mine(job, worker))
        .values(
            status="pending",
            claimed_by=None,
            available_at=func.now() + wait,
            last_error=error[:LONGEST_ERROR],
        )
    )


async def abandon(connection: AsyncConnection, job: Job, worker: str, error: str) -> None:
    await connection.execute(
        update(outbox)
        .where(*_mine(job, worker))
        .values(status="abandoned", claimed_by=None, content=None, last_error=error[:LONGEST_ERROR])
    )
