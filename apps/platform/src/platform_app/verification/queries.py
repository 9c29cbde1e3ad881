from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables import verification


async def add(  # noqa: PLR0913  # the columns of a row
    connection: AsyncConnection,
    *,
    purpose: str,
    identifier: str,
    value: bytes,
    user_id: UUID,
    payload: Row,
    lifetime: timedelta,
) -> None:
    """Keep a secret's hash."""
    await connection.execute(
        insert(verification).values(
            purpose=purpose,
            identifier=identifier,
            value=value,
            user_id=user_id,
            payload=dict(payload),
            expires_at=func.now() + lifetime,
        )
    )


async def use_up(connection: AsyncConnection, purposes: list[str], value: bytes) -> Row | None:
    """Take a secret out; of any number of requests that bring it at once, one gets it."""
    result = await connection.execute(
        delete(verification)
        .where(verification.c.value == value, verification.c.purpose.in_(purposes))
        .returning(verification, (verification.c.expires_at > func.now()).label("alive"))
    )
    row = result.mappings().one_or_none()
    return row if row and row["alive"] else None


async def is_alive(connection: AsyncConnection, purpose: str, value: bytes) -> bool:
    result = await connection.execute(
        select(verification.c.id).where(
            verification.c.value == value,
            verification.c.purpose == purpose,
            verification.c.expires_at > func.now(),
        )
    )
    return result.first() is not None


async def forget(connection: AsyncConnection, purposes: list[str], user_id: UUID) -> None:
    await connection.execute(
        delete(verification).where(verification.c.user_id == user_id, verification.c.purpose.in_(purposes))
    )
