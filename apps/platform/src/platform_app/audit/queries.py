"""The one statement that writes the audit log; nothing ever changes it."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.tables import audit_log


async def add(connection: AsyncConnection, row: dict[str, Any]) -> None:
    await connection.execute(insert(audit_log), row)
