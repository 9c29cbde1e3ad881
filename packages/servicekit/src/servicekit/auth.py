"""Who is asking: the session behind a cookie or a Bearer token, read in one query."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Request
from sqlalchemy import bindparam, func, select

from servicekit.problems import Forbidden, Unauthorized
from servicekit.statements import prepared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from uuid import UUID

    from sqlalchemy import Table

    from servicekit.database import Database

_COOKIE = "better-auth.session_token"
_LONGEST_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user and the session that proves it.

    Args:
        user_id: who.
        session_id: the session.
        role: the user's role on the platform: user, admin or service.
        user: every column of the user that this app may read, by name.
        session: the same of the session, without the token's hash.
    """

    user_id: UUID
    session_id: UUID
    role: str
    user: Mapping[str, Any]
    session: Mapping[str, Any]


class SessionReader:
    """Finds the principal behind a token through an app's own tables or references.

    Args:
        session: with id, user_id, token_hash, expires_at and absolute_expires_at at least.
        user: with id, role and banned_at at least.
    """

    def __init__(self, session: Table, user: Table) -> None:
        self._session = {c.name: f"session_{c.name}" for c in session.c if c.name != "token_hash"}
        self._user = {c.name: f"user_{c.name}" for c in user.c}
        self.query = (
            select(
                *(session.c[name].label(label) for name, label in self._session.items()),
                *(user.c[name].label(label) for name, label in self._user.items()),
            )
            .join_from(session, user, user.c.id == session.c.user_id)
            .where(
                session.c.token_hash == bindparam("token_hash"),
                session.c.expires_at > func.now(),
                session.c.absolute_expires_at > func.now(),
                user.c.banned_at.is_(None),
            )
        )
        """Finds the row that `principal` reads; an app may join what else it wants to know about the user."""
        self._statement = prepared(self.query)

    @staticmethod
    def plausible(token: str) -> bool:
        """Tell whether it is worth asking the database about a token."""
        return 0 < len(token) <= _LONGEST_TOKEN

    def principal(self, row: Mapping[str, Any]) -> Principal:
        """Read a row of `query`.

        Args:
            row: by column label; it may have other columns too.
        """
        user = {name: row[label] for name, label in self._user.items()}
        session = {name: row[label] for name, label in self._session.items()}
        return Principal(user["id"], session["id"], user["role"], user, session)

    async def read(self, database: Database, token: str) -> Principal | None:
        """Find who a token stands for.

        Args:
            database: where to look.
            token: as the cookie or the Authorization header brought it.

        Returns:
            The principal, or None when the token is unknown or its session has ended or its user is banned.
        """
        if not self.plausible(token):
            return None
        row = await database.fetch_one(self._statement, {"token_hash": token_hash(token)})
        return None if row is None else self.principal(row)


def token_hash(token: str) -> bytes:
    """Give what the session table keeps instead of the token: its SHA-256.

    A plain hash is enough, for the token has 256 random bits (OWASP ASVS 5.0, 11.4.1).

    Args:
        token: the token as the client holds it.
    """
    return hashlib.sha256(token.encode()).digest()


def session_cookie_name(*, https: bool) -> str:
    """Give the session cookie's name: `__Host-` keeps subdomains and http from planting it (ASVS 3.3.1).

    Args:
        https: whether browsers come over https; without it they refuse the prefix.
    """
    return f"__Host-{_COOKIE}" if https else _COOKIE


def presented_token(request: Request) -> str | None:
    """Give the token that a request brings: the Bearer token if there is one, else the cookie's."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip() or None
    https: bool = request.app.state.service.settings.https
    return request.cookies.get(session_cookie_name(https=https))


async def optional_user(request: Request) -> Principal | None:
    """Give who is asking, or None."""
    token = presented_token(request)
    if token is None:
        return None
    service = request.app.state.service
    return await cast("SessionReader", service.sessions).read(service.database, token)


OptionalUser = Annotated[Principal | None, Depends(optional_user)]


async def current_user(principal: OptionalUser) -> Principal:
    """Give who is asking.

    Raises:
        Unauthorized: nobody known.
    """
    if principal is None:
        raise Unauthorized
    return principal


CurrentUser = Annotated[Principal, Depends(current_user)]


def require_role(*roles: str) -> Callable[[Principal], Awaitable[Principal]]:
    """Make a dependency that gives the principal if it has one of these roles.

    Args:
        roles: the roles that may pass.

    Returns:
        The dependency; it raises Forbidden for anyone else, Unauthorized for nobody.
    """

    async def with_role(principal: CurrentUser) -> Principal:
        if principal.role not in roles:
            raise Forbidden
        return principal

    return with_role
