"""Which account a request is about, and whether its user may do there what it asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

from fastapi import Depends, Header, Request

from servicekit.auth import presented_token
from servicekit.clients import ClientAddress
from servicekit.problems import Unauthorized
from trading_app.accounts.errors import AccountNotFound, RoleNotEnough
from trading_app.audit.actor import Actor, actor_of
from trading_app.tables.enumerations import MemberRole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trading_app.accounts.membership import MembershipReader

AccountHeader = Annotated[
    UUID | None,
    Header(alias="X-Account-Id", description="Which of your accounts; without it, the oldest that is open"),
]


class Right(Enum):
    READ = auto()
    TRADE = auto()
    ADMINISTER = auto()
    CLOSE = auto()


RIGHTS = {
    MemberRole.OWNER: frozenset({Right.READ, Right.TRADE, Right.ADMINISTER, Right.CLOSE}),
    MemberRole.ADMIN: frozenset({Right.READ, Right.TRADE, Right.ADMINISTER}),
    MemberRole.TRADER: frozenset({Right.READ, Right.TRADE}),
    MemberRole.VIEWER: frozenset({Right.READ}),
}


@dataclass(frozen=True)
class Access:
    account_id: UUID
    role: MemberRole
    actor: Actor


def access_for(right: Right) -> Callable[..., Awaitable[Access]]:
    async def access(request: Request, address: ClientAddress, account_id: AccountHeader = None) -> Access:
        service = request.app.state.service
        token = presented_token(request)
        reader = cast("MembershipReader", service.sessions)
        member = None if token is None else await reader.membership(service.database, token, account_id)
        if member is None:
            raise Unauthorized
        if member["account_id"] is None:
            raise AccountNotFound
        role = MemberRole(member["role"])
        if right not in RIGHTS[role]:
            raise RoleNotEnough
        return Access(
            member["account_id"], role, actor_of(request, member["user_id"], member["user_role"], address)
        )

    return access


Reading = Annotated[Access, Depends(access_for(Right.READ))]
Trading = Annotated[Access, Depends(access_for(Right.TRADE))]
Administration = Annotated[Access, Depends(access_for(Right.ADMINISTER))]
Closing = Annotated[Access, Depends(access_for(Right.CLOSE))]
