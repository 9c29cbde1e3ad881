from __future__ import annotations

from typing import Any
from uuid import UUID

from trading_app.tables.enumerations import ActorKind, AuditOutcome
from trading_app.wire import Out, Timestamp


class AuditRowOut(Out):
    sequence: int
    actor_kind: ActorKind
    actor_id: UUID | None
    action: str
    outcome: AuditOutcome
    reason: str | None
    resource: str
    resource_id: UUID | None
    metadata: dict[str, Any]
    request_id: str | None
    occurred_at: Timestamp
    hash: str


class AuditPageOut(Out):
    rows: list[AuditRowOut]
    next_before: int | None


class VerdictOut(Out):
    holds: bool
    rows: int
    broken_at: int | None
    why: str | None
