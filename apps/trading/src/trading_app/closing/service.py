from __future__ import annotations

from typing import TYPE_CHECKING

from servicekit.database import driver
from trading_app.accounts import service as accounts
from trading_app.closing.errors import AccountBlocked, OpenOrders, OpenPositions
from trading_app.positions import service as positions
from trading_app.tables.enumerations import AccountStatus

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.accounts.access import Access


async def close(connection: AsyncConnection, access: Access, *, at: datetime) -> None:
    """Pay the cash out and close the account for good; one that is closed stays so.

    Raises:
        AccountBlocked: nothing may leave it.
        OpenOrders: something is promised still.
        OpenPositions: something is held still.
    """
    account = await accounts.lock(connection, access.account_id)
    if account["status"] == AccountStatus.CLOSED:
        return
    if account["account_blocked"] or account["transfers_blocked"]:
        raise AccountBlocked
    if account["open_orders"]:
        raise OpenOrders
    if await positions.listed(await driver(connection), access.account_id, at=at):
        raise OpenPositions
    await accounts.close(connection, account, access.actor, at=at)
