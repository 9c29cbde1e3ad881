"""Which account a request is about, and whether its user may do there what it asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Depends, Header, Request

from servicekit.auth import presented_token, token_hash
from servicekit.clients import client_address
from servicekit.problems import Unauthorized
from trading_app.accounts.errors import AccountNotFound, RoleNotEnough
from trading_app.accounts.membership import MEMBERSHIPS
from trading_app.audit.actor import Actor, actor_of
from trading_app.tables.enumerations import MemberRole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from trading_app.rows import Row

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

    @property
    def turn(self) -> Hashable:
        return self.account_id

    def access(self, _row: Row) -> Access:
        return self


@dataclass(frozen=True)
class Claim:
    """What a request says of itself before anybody has looked whether it is so.

    Who needs one round trip less reads the session, the membership and the account together, on every request, and has
    `access` say what comes of it.

    Args:
        token_hash: the session's.
        account_id: which account; None for the user's oldest one that is open.
        right: what the request needs.
        actor: says who asks, once that is known.
    """

    token_hash: bytes
    account_id: UUID | None
    right: Right
    actor: Callable[[UUID, str], Actor]

    @property
    def turn(self) -> Hashable:
        """Give the account that this was about the last time: whose turn a request waits for, never what it may do."""
        here = (self.token_hash, self.account_id)
        return _seen.get(here, here)

    def access(self, row: Row) -> Access:
        """Say what a request may do.

        Args:
            row: of `MembershipReader.asked`, whatever else it has; empty where there was none.

        Raises:
            Unauthorized: nobody is behind the token.
            AccountNotFound: the user is no member of the account.
            RoleNotEnough: the membership does not suffice.
        """
        if not row:
            raise Unauthorized
        if row["asked_of"] is None:
            raise AccountNotFound
        role = MemberRole(row["asked_as"])
        if self.right not in RIGHTS[role]:
            raise RoleNotEnough
        if len(_seen) >= _MOST_SEEN:
            _seen.clear()
        _seen[self.token_hash, self.account_id] = row["asked_of"]
        return Access(row["asked_of"], role, self.actor(row["asked_by"], row["asked_by_role"]))


_MOST_SEEN = 10_000
_seen: dict[tuple[bytes, UUID | None], UUID] = {}


def _claim(request: Request, account_id: UUID | None, right: Right) -> Claim:
    token = presented_token(request)
    if token is None or not MEMBERSHIPS.plausible(token):
        raise Unauthorized

    def actor(user_id: UUID, role: str) -> Actor:
        return actor_of(request, user_id, role, client_address(request))

    return Claim(token_hash(token), account_id, right, actor)


def claim_for(right: Right) -> Callable[..., Awaitable[Claim]]:
    async def claim(request: Request, account_id: AccountHeader = None) -> Claim:
        return _claim(request, account_id, right)

    return claim


def access_for(right: Right) -> Callable[..., Awaitable[Access]]:
    async def access(request: Request, account_id: AccountHeader = None) -> Access:
        claim = _claim(request, account_id, right)
        database = request.app.state.service.database
        found = await MEMBERSHIPS.membership(database, claim.token_hash, claim.account_id)
        return claim.access(found or {})

    return access


Reading = Annotated[Access, Depends(access_for(Right.READ))]
Trading = Annotated[Access, Depends(access_for(Right.TRADE))]
Administration = Annotated[Access, Depends(access_for(Right.ADMINISTER))]
Closing = Annotated[Access, Depends(access_for(Right.CLOSE))]
ToTrade = Annotated[Claim, Depends(claim_for(Right.TRADE))]
"""For who reads the membership together with what it needs to know anyway."""
