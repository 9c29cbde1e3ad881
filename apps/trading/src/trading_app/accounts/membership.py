"""Who is asking and what they may do in an account: session, user and membership in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Uuid, bindparam, literal_column, or_, select, true

from servicekit.auth import SessionReader
from servicekit.statements import prepared
from trading_app.tables import account_members, accounts
from trading_app.tables.references import session, user

if TYPE_CHECKING:
    from uuid import UUID

    from servicekit.database import Database
    from trading_app.rows import Row

_ACCOUNT = bindparam("asked_account_id", type_=Uuid())


class MembershipReader(SessionReader):
    """Finds the principal behind a token together with its role in an account."""

    def __init__(self) -> None:
        super().__init__(session, user)
        self.member = (
            select(account_members.c.account_id, account_members.c.role)
            .join(accounts, accounts.c.id == account_members.c.account_id)
            .where(
                account_members.c.user_id == user.c.id,
                or_(_ACCOUNT.is_(None), account_members.c.account_id == _ACCOUNT),
            )
            .order_by(accounts.c.closed_at.is_not(None), accounts.c.number)
            .limit(literal_column("1"))
            .lateral("member")
        )
        """What a query that joins it calls the membership."""
        asked = (user.c.id.label("asked_by"), user.c.role.label("asked_by_role"))
        named = (self.member.c.account_id.label("asked_of"), self.member.c.role.label("asked_as"))
        query = self.query.with_only_columns(*asked, *named)
        self.asked = query.select_from(session).outerjoin(self.member, true())
        """Finds who asks, and as what of which account: `accounts.access.Claim.access` reads its row. Its parameters are
        token_hash and asked_account_id; a query that wants to know more of the account may join it."""
        self._membership = prepared(self.asked)

    async def membership(self, database: Database, token_hash: bytes, account_id: UUID | None) -> Row | None:
        """Give who a token stands for, and the membership.

        Args:
            token_hash: the token's.
            account_id: which account; without it, the user's oldest one that is open.

        Returns:
            The row of `asked`: asked_of and asked_as are None where the user is no member; None when nobody is behind
            the token.
        """
        values = {"token_hash": token_hash, "asked_account_id": account_id}
        return await database.fetch_one(self._membership, values)


MEMBERSHIPS = MembershipReader()
