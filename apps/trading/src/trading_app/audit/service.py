from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from servicekit.database import driver
from trading_app.accounts.head import Head
from trading_app.audit import chain, queries
from trading_app.changes import Changes
from trading_app.rows import Row
from trading_app.tables import audit_logs
from trading_app.tables.enumerations import AuditOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.audit.actor import Actor

_BATCH = 1000


@dataclass(frozen=True)
class Deed:
    """What was done, or tried: a reason makes it a refusal."""

    action: str
    resource: str
    resource_id: UUID | None = None
    reason: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def record(changes: Changes, head: Head, actor: Actor, *deeds: Deed) -> None:
    """Append to an account's chain, and move its head on to the end of it."""
    changes.move(head)
    for deed in deeds:
        head.audit_sequence += 1
        row = {
            "account_id": head.id,
            "sequence": head.audit_sequence,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "action": deed.action,
            "outcome": (AuditOutcome.REFUSED if deed.reason else AuditOutcome.DONE).value,
            "reason": deed.reason,
            "resource": deed.resource,
            "resource_id": deed.resource_id,
            "metadata": dict(deed.metadata),
            "request_id": actor.request_id,
            "ip_address": actor.ip_address,
            "user_agent": actor.user_agent,
            "occurred_at": head.at,
            "previous_hash": head.audit_hash,
        }
        head.audit_hash = chain.seal(row, head.audit_hash)
        changes.insert(audit_logs, row | {"hash": head.audit_hash})


async def page(connection: AsyncConnection, account_id: UUID, *, before: int | None, limit: int) -> list[Row]:
    return await queries.page(connection, account_id, before=before, limit=limit)


async def record_held(
    connection: AsyncConnection, account: Row, actor: Actor, *deeds: Deed, at: datetime
) -> None:
    """Append to the chain of an account that this transaction has locked."""
    head = Head.of(account, at)
    changes = Changes()
    record(changes, head, actor, *deeds)
    await changes.write_held(await driver(connection))


async def verify(connection: AsyncConnection, account_id: UUID) -> chain.Verdict:
    """Walk the account's whole chain, in batches: it may be longer than memory."""
    head = await queries.head(connection, account_id)
    walk = chain.Walk(head["audit_sequence"], head["audit_hash"])
    while True:
        rows = await queries.after(connection, account_id, sequence=walk.rows, limit=_BATCH)
        for row in rows:
            broken = walk.step(row)
            if broken is not None:
                return broken
        if len(rows) < _BATCH:
            return walk.end()
