from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

from servicekit.problems import InvalidInput
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork
from trading_app.accounts.access import Reading
from trading_app.activities import service
from trading_app.activities.activity_types import Category, chosen
from trading_app.activities.schemas import FillOut, Page, TransferOut
from trading_app.wire import In, MomentIn

router = Router(prefix="/v2/account/activities", tags=["activities"])


class PageIn(In):
    """Alpaca's parameters of a list of activities."""

    after: MomentIn | None = None
    until: MomentIn | None = None
    day: Annotated[MomentIn | None, Field(alias="date")] = None
    direction: Literal["asc", "desc"] = "desc"
    page_size: Annotated[int, Field(ge=1, le=100)] = 100
    page_token: Annotated[str, Field(max_length=100)] | None = None


class TypedPageIn(PageIn):
    activity_types: Annotated[str, Field(max_length=400, description="Separated by commas")] | None = None
    category: Category | None = None


@router.get("")
async def list_activities(
    access: Reading, connection: UnitOfWork, wanted: Annotated[TypedPageIn, Query()]
) -> list[FillOut | TransferOut]:
    kinds = chosen(wanted.activity_types, wanted.category)
    return await service.listed(connection, access.account_id, kinds, _page(wanted))


@router.get("/{activity_type}")
async def list_activities_of_a_type(
    activity_type: Annotated[str, Path(max_length=20)],
    access: Reading,
    connection: UnitOfWork,
    wanted: Annotated[PageIn, Query()],
) -> list[FillOut | TransferOut]:
    return await service.listed(connection, access.account_id, chosen(activity_type), _page(wanted))


def _page(wanted: PageIn) -> Page:
    after, until = wanted.after, wanted.until
    if wanted.day is not None:
        if after is not None or until is not None:
            raise InvalidInput("date goes with neither after nor until")
        start = datetime.combine(wanted.day.date(), datetime.min.time(), UTC)
        after, until = start - timedelta(microseconds=1), start + timedelta(days=1)
    token = service.read_token(wanted.page_token) if wanted.page_token else None
    return Page(after, until, token, wanted.direction == "desc", wanted.page_size)
