from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, false, func, insert, literal, literal_column, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables import account, user
from servicekit.database import Database
from servicekit.statements import prepared

ISSUER = "local:credential"
PROVIDER = "credential"

_CREDENTIAL = select(*user.c, account.c.password).outerjoin_from(
    user,
    account,
    (account.c.user_id == user.c.id) & (account.c.provider_id == literal_column(f"'{PROVIDER}'")),
)
_BY_EMAIL = prepared(_CREDENTIAL.where(func.lower(user.c.email) == bindparam("email")))
_BY_USER = prepared(_CREDENTIAL.where(user.c.id == bindparam("user_id")))


async def by_email(database: Database, email: str) -> dict[str, Any] | None:
    """The user of an address and the hash of the password, in one round trip."""
    return await database.fetch_one(_BY_EMAIL, {"email": email.lower()})


async def by_user(database: Database, user_id: UUID) -> dict[str, Any] | None:
    return await database.fetch_one(_BY_USER, {"user_id": user_id})


async def still(connection: AsyncConnection, user_id: UUID, password: str) -> Row | None:
    """The user, if the hash that was verified is still the stored one; nobody changes it until the commit."""
    result = await connection.execute(
        select(*user.c)
        .join_from(account, user, user.c.id == account.c.user_id)
        .where(
            account.c.user_id == user_id, account.c.provider_id == PROVIDER, account.c.password == password
        )
        .with_for_update(of=account, key_share=True)
    )
    return result.mappings().one_or_none()


async def add(connection: AsyncConnection, user_id: UUID, password: str) -> None:
    await connection.execute(
        insert(account).values(
            user_id=user_id, provider_id=PROVIDER, issuer=ISSUER, account_id=str(user_id), password=password
        )
    )


async def add_nothing(connection: AsyncConnection, password: str) -> None:
    """The work of `add`, without its row."""
    nobody = select(null(), literal(PROVIDER), literal(ISSUER), literal(""), literal(password)).where(false())
    columns = ["user_id", "provider_id", "issuer", "account_id", "password"]
    await connection.execute(insert(account).from_select(columns, nobody))


async def replace(connection: AsyncConnection, user_id: UUID, password: str) -> bool:
    result = await connection.execute(
        update(account)
        .where(account.c.user_id == user_id, account.c.provider_id == PROVIDER)
        .values(password=password)
    )
    return result.rowcount == 1
