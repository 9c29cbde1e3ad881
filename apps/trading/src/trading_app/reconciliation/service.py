from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trading_app.books.arithmetic import EXACT, ZERO, Holding
from trading_app.reconciliation import queries
from trading_app.reconciliation.rebuilding import Difference, Rebuilt
from trading_app.tables.enumerations import LedgerKind, Side

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.rows import Row

_BATCH = 2000


@dataclass(frozen=True)
class Reconciliation:
    """What the books say against what executions say."""

    executions: int
    cash: Decimal
    positions: int
    differences: list[Difference]

    @property
    def matches(self) -> bool:
        return not self.differences


async def reconcile(connection: AsyncConnection, account_id: UUID) -> Reconciliation:
    """Rebuild an account from its executions and hold its books against that. First thing in its transaction."""
    await queries.one_moment(connection)
    rebuilt = Rebuilt(cash=await queries.funded(connection, account_id))
    while True:
        rows = await queries.fills(connection, account_id, after=rebuilt.count, limit=_BATCH)
        rebuilt.take(rows)
        if len(rows) < _BATCH:
            break
    _positions(rebuilt, await queries.held(connection, account_id))
    _books(
        rebuilt, await queries.books(connection, account_id), await queries.promised(connection, account_id)
    )
    rebuilt.compare("transfers out of balance", "", await queries.unbalanced(connection, account_id), 0)
    counted = await queries.counted(connection, account_id)
    rebuilt.compare("open orders", "", counted["open_orders"], counted["still_open"])
    rebuilt.compare("last execution", "", counted["execution_sequence"], rebuilt.count)
    return Reconciliation(
        rebuilt.count,
        rebuilt.cash,
        sum(1 for held in rebuilt.holdings.values() if held.qty),
        rebuilt.differences,
    )


async def every_account(connection: AsyncConnection) -> list[UUID]:
    return list(await queries.every_account(connection))


def _positions(rebuilt: Rebuilt, rows: list[Row]) -> None:
    found = {row["instrument_id"]: row for row in rows}
    for instrument in rebuilt.holdings.keys() | found.keys():
        holding = rebuilt.holdings.get(instrument, Holding())
        row = found.get(instrument)
        name = str(instrument)
        rebuilt.compare("position qty", name, ZERO if row is None else row["qty"], holding.qty)
        rebuilt.compare("position cost", name, ZERO if row is None else row["cost_basis"], holding.cost_basis)
        profit = rebuilt.realized.get(instrument, ZERO)
        rebuilt.compare("position profit", name, ZERO if row is None else row["realized_profit"], profit)


def _books(rebuilt: Rebuilt, rows: list[Row], promises: list[Row]) -> None:
    total = sum(rebuilt.realized.values(), ZERO)
    money = sum((row["reserved"] for row in promises if row["side"] == Side.BUY), ZERO)
    pieces = {row["instrument_id"]: row["reserved"] for row in promises if row["side"] == Side.SELL}
    for row in rows:
        name = f"{row['kind']} {row['unit']}"
        holding = rebuilt.holdings.get(row["instrument_id"], Holding())
        expected = {
            LedgerKind.CASH: rebuilt.cash,
            LedgerKind.REALIZED_PROFIT: EXACT.minus(total),
            LedgerKind.SECURITIES: holding.cost_basis,
            LedgerKind.SHARES: holding.qty,
            LedgerKind.MARKET: EXACT.minus(holding.qty),
        }.get(LedgerKind(row["kind"]), row["balance"])
        rebuilt.compare("balance", name, row["balance"], expected)
        reserved = {LedgerKind.CASH: money, LedgerKind.SHARES: pieces.get(row["instrument_id"], ZERO)}
        rebuilt.compare("reserved", name, row["reserved"], reserved.get(LedgerKind(row["kind"]), ZERO))
        rebuilt.compare("sum of entries", name, row["balance"], row["total"] or ZERO)
        rebuilt.compare("last version", name, row["version"], row["last"] or 0)
        rebuilt.compare("number of entries", name, row["version"], row["entries"] or 0)
        rebuilt.compare("chain of entries", name, row["chained"] is not False, True)  # noqa: FBT003  expected
