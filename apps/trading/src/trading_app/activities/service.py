from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from servicekit.problems import InvalidInput
from trading_app.activities import queries
from trading_app.activities.activity_types import FILL
from trading_app.activities.schemas import Activity, FillOut, Page, TransferOut
from trading_app.books.arithmetic import ZERO
from trading_app.tables.enumerations import TransferReason

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row

_JOURNAL = "JNLC"
# Alpaca's words for what moves cash without a trade; whatever else does is an entry in its journal.
_TYPES = {
    TransferReason.DEPOSIT: "CSD",
    TransferReason.WITHDRAWAL: "CSW",
    TransferReason.FEE: "FEE",
    TransferReason.DIVIDEND: "DIV",
    TransferReason.INTEREST: "INT",
}
_STAMP = "%Y%m%d%H%M%S%f"
_TOKEN = re.compile(r"([0-9]{20})::([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)


class NoSuchActivity(InvalidInput):
    """page_token is not the id of an activity of this account"""


async def listed(
    connection: AsyncConnection, account_id: UUID, kinds: Collection[str], page: Page
) -> list[Activity]:
    """Give fills and movements of cash, as one list.

    Raises:
        NoSuchActivity: the page is to begin after something that is none of this account's activities.
    """
    if page.token is not None and not await queries.known(connection, account_id, *page.token):
        raise NoSuchActivity
    found: list[tuple[datetime, UUID, Activity]] = []
    if FILL in kinds:
        rows = await queries.fills(connection, account_id, page)
        found += [(row["executed_at"], row["id"], _fill(row)) for row in rows]
    reasons = [reason.value for reason in TransferReason if _TYPES.get(reason, _JOURNAL) in kinds]
    if reasons:
        rows = await queries.transfers(connection, account_id, reasons, page)
        found += [(row["occurred_at"], row["id"], _transfer(row)) for row in rows]
    found.sort(key=lambda each: each[:2], reverse=page.descending)
    return [activity for _, _, activity in found[: page.size]]


def token(moment: datetime, key: UUID) -> str:
    """Name an activity: when, and which, as Alpaca does."""
    return f"{moment.astimezone(UTC).strftime(_STAMP)}::{key}"


def read_token(text: str) -> tuple[datetime, UUID]:
    """Read an activity's name.

    Raises:
        NoSuchActivity: it is none.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise NoSuchActivity
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC), UUID(found[2])
    except ValueError as error:  # no such day
        raise NoSuchActivity from error


def _fill(row: Row) -> FillOut:
    values = {
        "id": token(row["executed_at"], row["id"]),
        "transaction_time": row["executed_at"],
        "type": row["event"],
        "leaves_qty": row["leaves_qty"] or ZERO,
    }
    return FillOut.model_validate({**row, **values})


def _transfer(row: Row) -> TransferOut:
    amount = row["amount"] if row["to_id"] == row["cash_id"] else -row["amount"]
    values = {
        "id": token(row["occurred_at"], row["id"]),
        "activity_type": _TYPES.get(TransferReason(row["reason"]), _JOURNAL),
        "date": row["occurred_at"].date(),
        "net_amount": amount,
        "description": row["description"] or "",
        "created_at": row["occurred_at"],
    }
    return TransferOut.model_validate({**row, **values})
