"""Who is behind a change, as the audit rows name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from servicekit.auth import CurrentUser
from servicekit.clients import ClientAddress
from trading_app.tables.enumerations import ActorKind

_LONGEST_AGENT = 512
_SERVICE_ROLE = "service"


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    id: UUID | None = None
    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


VENUE = Actor(ActorKind.WORKER)


def actor_of(request: Request, user_id: UUID, role: str, address: object) -> Actor:
    agent = request.headers.get("user-agent")
    return Actor(
        kind=ActorKind.SERVICE if role == _SERVICE_ROLE else ActorKind.USER,
        id=user_id,
        request_id=request.state.request_id,
        ip_address=str(address),
        user_agent=agent[:_LONGEST_AGENT] if agent else None,
    )


async def request_actor(request: Request, principal: CurrentUser, address: ClientAddress) -> Actor:
    return actor_of(request, principal.user_id, principal.role, address)


CurrentActor = Annotated[Actor, Depends(request_actor)]
