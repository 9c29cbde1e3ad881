"""The secrets that links in mails carry: 256 bits, kept as hashes, good for one hour and one use."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables.enumerations import VerificationPurpose as Purpose
from platform_app.tokens import hash_token, new_token
from platform_app.verification import queries

LIFETIME = timedelta(hours=1)

__all__ = ["Purpose", "forget", "is_alive", "issue", "use_up"]


async def issue(
    connection: AsyncConnection,
    purpose: Purpose,
    user_id: UUID,
    identifier: str,
    **payload: Any,  # noqa: ANN401  # any JSON
) -> str:
    """A secret for a mail that is about to be handed over; one that is handed over again gets another.

    Args:
        connection: the transaction.
        purpose: what it allows.
        user_id: whom.
        identifier: the address that is proved by bringing it.
        payload: what the purpose needs besides.
    """
    token = new_token()
    await queries.add(
        connection,
        purpose=purpose,
        identifier=identifier,
        value=hash_token(token),
        user_id=user_id,
        payload=payload,
        lifetime=LIFETIME,
    )
    return token


async def use_up(connection: AsyncConnection, token: str, *purposes: Purpose) -> Row | None:
    """What a secret is good for, once; None for one that is unknown, used or too old."""
    return await queries.use_up(connection, [*purposes], hash_token(token))


async def is_alive(connection: AsyncConnection, token: str, purpose: Purpose) -> bool:
    return await queries.is_alive(connection, purpose, hash_token(token))


async def forget(connection: AsyncConnection, user_id: UUID, *purposes: Purpose) -> None:
    """Make a user's other links worthless, once one of them was used."""
    await queries.forget(connection, [*purposes], user_id)
