from __future__ import annotations

from fastapi import Depends

from servicekit.auth import current_user
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.sessions import service
from trading_app.sessions.schemas import CalendarDayOut, ClockOut, DateType, Day
from trading_app.venue.clock import Now

router = Router(prefix="/v2", tags=["market hours"], dependencies=[Depends(current_user)])


@router.get("/clock")
async def get_clock(connection: UnitOfWork, now: Now) -> ClockOut:
    return ClockOut.model_validate(await service.clock(connection, now))


@router.get("/calendar")
async def get_calendar(
    connection: UnitOfWork,
    start: Day | None = None,
    end: Day | None = None,
    date_type: DateType = DateType.TRADING,
) -> list[CalendarDayOut]:
    by_settlement = date_type is DateType.SETTLEMENT
    rows = await service.calendar(connection, start, end, by_settlement=by_settlement)
    return [CalendarDayOut.model_validate(row) for row in rows]
