from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.rows import Row
from platform_app.tables import outbox, session, throttle, verification

BATCH = 5000  # rows of one transaction: short locks, and well within the statement timeout
KEPT_MAIL = timedelta(days=7)
KEPT_FAILURES = timedelta(days=30)  # a success ends counting; so does a month of quiet


def past() -> dict[Table, ColumnElement[bool]]:
    """What is over, by table."""
    quiet = throttle.c.window_started_at < func.now() - timedelta(days=1)
    return {
        session: or_(session.c.expires_at <= func.now(), session.c.absolute_expires_at <= func.now()),
        verification: verification.c.expires_at <= func.now(),
        outbox: and_(
            outbox.c.status.in_(("sent", "abandoned")), outbox.c.updated_at < func.now() - KEPT_MAIL
        ),
        throttle: and_(
            quiet, or_(throttle.c.failures == 0, throttle.c.updated_at < func.now() - KEPT_FAILURES)
        ),
    }


async def remove_some(connection: AsyncConnection, table: Table, over: ColumnElement[bool]) -> int:
    keys = list(table.primary_key.columns)
    some = select(*keys).where(over).limit(BATCH).with_for_update(skip_locked=True).cte("some")
    result = await connection.execute(delete(table).where(*(key == some.c[key.name] for key in keys)))
    return result.rowcount


async def owner_of(connection: AsyncConnection, session_id: UUID) -> Row | None:
    result = await connection.execute(select(session.c.user_id).where(session.c.id == session_id))
    row: Row | None = result.mappings().one_or_none()
    return row
