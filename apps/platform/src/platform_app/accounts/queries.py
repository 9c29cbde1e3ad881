from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables import account

_SHOWN = ("id", "provider_id", "account_id", "user_id", "scope", "created_at", "updated_at")


async def of_user(connection: AsyncConnection, user_id: UUID) -> list[Row]:
    columns = [account.c[name] for name in _SHOWN]
    result = await connection.execute(
        select(*columns).where(account.c.user_id == user_id).order_by(account.c.id)
    )
    return list(result.mappings())
