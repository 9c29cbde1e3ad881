from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from servicekit.statements import prepared
from trading_app.joins import HEAD
from trading_app.rows import Row, every_row, one_row, rows
from trading_app.tables import account_members, accounts
from trading_app.tables.references import user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection

_FOUND = prepared(select(accounts).where(accounts.c.id == bindparam("account_id", type_=Uuid())))


async def found(connection: Connection, account_id: UUID) -> Row:
    (row,) = await rows(connection, _FOUND, account_id=account_id)
    return row


async def lock(connection: AsyncConnection, account_id: UUID) -> Row:
    """Make everybody else who wants to change the account wait."""
    query = select(accounts, *HEAD).where(accounts.c.id == account_id)
    return await one_row(connection, query.with_for_update(key_share=True))


async def get(connection: AsyncConnection, account_id: UUID) -> Row:
    return await one_row(connection, select(accounts).where(accounts.c.id == account_id))


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> bool:
    """Write an account; false if one with this id is already there."""
    query = upsert(accounts).values(**values).on_conflict_do_nothing().returning(accounts.c.id)
    return (await connection.execute(query)).one_or_none() is not None


async def add_member(connection: AsyncConnection, account_id: UUID, user_id: UUID, role: str) -> None:
    query = insert(account_members).values(account_id=account_id, user_id=user_id, role=role)
    await connection.execute(query)


async def of_user(connection: AsyncConnection, user_id: UUID | None) -> list[Row]:
    query = (
        select(accounts, account_members.c.role)
        .join(account_members, account_members.c.account_id == accounts.c.id)
        .where(account_members.c.user_id == user_id)
        .order_by(accounts.c.number)
    )
    return await every_row(connection, query)


async def change(connection: AsyncConnection, account_id: UUID, values: Mapping[str, Any]) -> None:
    await connection.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


async def members(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    query = (
        select(account_members, user.c.name)
        .join(user, user.c.id == account_members.c.user_id)
        .where(account_members.c.account_id == account_id)
        .order_by(account_members.c.created_at, account_members.c.user_id)
    )
    return await every_row(connection, query)


async def member_role(connection: AsyncConnection, account_id: UUID, user_id: UUID) -> str | None:
    query = select(account_members.c.role).where(
        account_members.c.account_id == account_id, account_members.c.user_id == user_id
    )
    return cast("str | None", (await connection.execute(query)).scalar())


async def user_exists(connection: AsyncConnection, user_id: UUID) -> bool:
    query = select(func.count()).select_from(user).where(user.c.id == user_id)
    return bool((await connection.execute(query)).scalar())


async def set_member(connection: AsyncConnection, account_id: UUID, user_id: UUID, role: str) -> None:
    query = upsert(account_members).values(account_id=account_id, user_id=user_id, role=role)
    await connection.execute(
        query.on_conflict_do_update(
            index_elements=[account_members.c.account_id, account_members.c.user_id], set_={"role": role}
        )
    )


async def remove_member(connection: AsyncConnection, account_id: UUID, user_id: UUID) -> None:
    query = delete(account_members).where(
        account_members.c.account_id == account_id, account_members.c.user_id == user_id
    )
    await connection.execute(query)
