from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.accounts import queries
from platform_app.accounts.schemas import AccountOut


async def of_user(connection: AsyncConnection, user_id: UUID) -> list[AccountOut]:
    return [
        AccountOut(scopes=(row["scope"] or "").split(), **{k: v for k, v in row.items() if k != "scope"})
        for row in await queries.of_user(connection, user_id)
    ]
