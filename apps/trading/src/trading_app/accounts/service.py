from __future__ import annotations

from typing import TYPE_CHECKING, Any

from servicekit.database import driver
from trading_app.accounts import queries
from trading_app.accounts.errors import MemberNotFound, OwnerStays, UserNotFound
from trading_app.accounts.head import Head
from trading_app.audit import service as audit
from trading_app.audit.service import Deed
from trading_app.books import service as books
from trading_app.changes import Changes
from trading_app.rows import Row
from trading_app.tables.enumerations import AccountStatus, MemberRole
from trading_app.wire import plain

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from servicekit.database import Connection
    from trading_app.accounts.access import Access
    from trading_app.accounts.schemas import AccountIn, ConfigurationsIn, MemberIn
    from trading_app.audit.actor import Actor


async def open_account(
    connection: AsyncConnection, account_id: UUID, wanted: AccountIn, actor: Actor, *, at: datetime
) -> bool:
    """Open an account with its books; false if an account with this id is already open."""
    if actor.id is None:
        raise UserNotFound
    values = {"id": account_id, "owner_id": actor.id, **wanted.model_dump()}
    if not await queries.add(connection, values):
        return False
    await queries.add_member(connection, account_id, actor.id, MemberRole.OWNER.value)
    account = await queries.lock(connection, account_id)
    head = Head.of(account, at)
    changes = Changes()
    books.open_books(changes, account_id, account["currency"], wanted.opening_cash, at=at)
    metadata = {"opening_cash": str(wanted.opening_cash)}
    audit.record(changes, head, actor, Deed("account.open", "account", account_id, metadata=metadata))
    await changes.write_held(await driver(connection))
    return True


async def of_user(connection: AsyncConnection, user_id: UUID | None) -> list[Row]:
    return await queries.of_user(connection, user_id)


async def get(connection: AsyncConnection, account_id: UUID) -> Row:
    return await queries.get(connection, account_id)


async def found(connection: Connection, account_id: UUID) -> Row:
    return await queries.found(connection, account_id)


async def lock(connection: AsyncConnection, account_id: UUID) -> Row:
    """Make everybody else who wants to change the account wait until this transaction ends."""
    return await queries.lock(connection, account_id)


async def close(connection: AsyncConnection, account: Row, actor: Actor, *, at: datetime) -> None:
    """Pay out an account that the caller has locked and emptied, and close it: it stays, and lets its owner go."""
    head, changes, through = Head.of(account, at), Changes(), await driver(connection)
    cash = await books.close_books(through, changes, head.id, at=at)
    deed = Deed("account.close", "account", head.id, metadata={"cash": plain(cash)})
    audit.record(changes, head, actor, deed)
    await changes.write_held(through)
    values = {"status": AccountStatus.CLOSED.value, "closed_at": at, "owner_id": None}
    await queries.change(connection, head.id, values)


async def configure(
    connection: AsyncConnection, access: Access, wanted: ConfigurationsIn, *, at: datetime
) -> Row:
    values: dict[str, Any] = wanted.model_dump(exclude_none=True, mode="json")
    account = await queries.lock(connection, access.account_id)
    if values:
        deed = Deed("account.configure", "account", access.account_id, metadata=dict(values))
        if "max_margin_multiplier" in values:
            values["max_margin_multiplier"] = int(values["max_margin_multiplier"])
        await queries.change(connection, access.account_id, values)
        await audit.record_held(connection, account, access.actor, deed, at=at)
    return await queries.get(connection, access.account_id)


async def members(connection: AsyncConnection, account_id: UUID) -> list[Row]:
    return await queries.members(connection, account_id)


async def set_member(
    connection: AsyncConnection, access: Access, user_id: UUID, wanted: MemberIn, *, at: datetime
) -> Row:
    account = await queries.lock(connection, access.account_id)
    if not await queries.user_exists(connection, user_id):
        raise UserNotFound
    if await queries.member_role(connection, access.account_id, user_id) == MemberRole.OWNER:
        raise OwnerStays
    await queries.set_member(connection, access.account_id, user_id, wanted.role.value)
    deed = Deed("member.set", "member", user_id, metadata={"role": wanted.role.value})
    await audit.record_held(connection, account, access.actor, deed, at=at)
    found = await queries.members(connection, access.account_id)
    return next(row for row in found if row["user_id"] == user_id)


async def remove_member(connection: AsyncConnection, access: Access, user_id: UUID, *, at: datetime) -> None:
    account = await queries.lock(connection, access.account_id)
    role = await queries.member_role(connection, access.account_id, user_id)
    if role is None:
        raise MemberNotFound
    if role == MemberRole.OWNER:
        raise OwnerStays
    await queries.remove_member(connection, access.account_id, user_id)
    deed = Deed("member.remove", "member", user_id)
    await audit.record_held(connection, account, access.actor, deed, at=at)
