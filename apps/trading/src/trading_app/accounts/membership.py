"""Who is asking and what they may do in an account: session, user and membership in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Uuid, bindparam, literal_column, or_, select, true

from servicekit.auth import SessionReader, token_hash
from servicekit.statements import prepared
from trading_app.tables import account_members, accounts
from trading_app.tables.references import session, user

if TYPE_CHECKING:
    from uuid import UUID

    from servicekit.database import Database
    from trading_app.rows import Row

_ACCOUNT = bindparam("account_id", type_=Uuid())


class MembershipReader(SessionReader):
    """Finds the principal behind a token together with its role in an account."""

    def __init__(self) -> None:
        super().__init__(session, user)
        member = (
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
        columns = (user.c.id.label("user_id"), user.c.role.label("user_role"))
        query = self.query.with_only_columns(*columns, member.c.account_id, member.c.role)
        self._membership = prepared(query.select_from(session).outerjoin(member, true()))

    async def membership(self, database: Database, token: str, account_id: UUID | None) -> Row | None:
        """Give user_id and user_role of whom a token stands for, and account_id and role of the membership.

        Args:
            account_id: which account; without it, the user's oldest one that is open.

        Returns:
            The last two are None where the user is no member; None when nobody is behind the token.
        """
        if not self.plausible(token):
            return None
        values = {"token_hash": token_hash(token), "account_id": account_id}
        return await database.fetch_one(self._membership, values)
