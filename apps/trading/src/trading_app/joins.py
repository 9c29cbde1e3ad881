"""What the statements of several features read along: an account's head and books, its restrictions, the session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal_column, or_, select, text, true

from trading_app.tables import accounts, ledger_accounts, ledger_transfers, restrictions, trading_sessions
from trading_app.tables.enumerations import LedgerKind, TransferPhase

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.sql.selectable import LateralFromClause

LEDGER_PARTS = ("id", "unit", "balance", "reserved", "floor", "version")
"""What is read of a ledger account, under its kind's name: `cash_id`, `cash_unit` …"""

HEAD = (
    accounts.c.id.label("account_id"),
    accounts.c.version.label("account_version"),
    accounts.c.audit_sequence,
    accounts.c.audit_hash,
    accounts.c.execution_sequence,
    accounts.c.open_orders,
    accounts.c.currency,
)
"""What `accounts.head.Head` reads, and the currency of the books."""

GTC_DAYS = timedelta(days=90)
"""How long an order may stay good till canceled; see Alpaca's documentation of time in force."""

_MONEY = (LedgerKind.CASH, LedgerKind.REALIZED_PROFIT)
_OF_INSTRUMENT = (LedgerKind.SECURITIES, LedgerKind.SHARES, LedgerKind.MARKET)
_ONE: ColumnElement[int] = literal_column("1")


def with_books(
    query: Select[Any], account_id: ColumnElement[UUID], instrument_id: ColumnElement[UUID]
) -> Select[Any]:
    """Read with an account its money and what it has of an instrument; what is missing is null."""
    for kind in (*_MONEY, *_OF_INSTRUMENT):
        table = ledger_accounts.alias(kind.value)
        of = table.c.instrument_id.is_(None) if kind in _MONEY else table.c.instrument_id == instrument_id
        here = and_(table.c.account_id == account_id, table.c.kind == literal_column(f"'{kind}'"), of)
        columns = [table.c[name].label(f"{kind}_{name}") for name in LEDGER_PARTS]
        query = query.outerjoin(table, here).add_columns(*columns)
    return query


def promise(account_id: ColumnElement[UUID], order_id: ColumnElement[UUID]) -> ColumnElement[UUID]:
    """Give the pending transfer that an order was placed with."""
    table = ledger_transfers.c
    pending: ColumnElement[str] = literal_column(f"'{TransferPhase.PENDING}'")
    query = select(table.id).where(
        table.account_id == account_id, table.order_id == order_id, table.phase == pending
    )
    return query.scalar_subquery()


def in_force(account_id: ColumnElement[UUID], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a restriction of an account holds at a moment."""
    table = restrictions.c
    return and_(
        table.account_id == account_id,
        table.lifted_at.is_(None),
        table.starts_at <= at,
        or_(table.ends_at.is_(None), table.ends_at > at),
    )


def session_of(
    mic: ColumnElement[str], at: ColumnElement[datetime], extended: ColumnElement[bool]
) -> LateralFromClause:
    """The first session of an exchange that ends after a moment, extended hours included or not."""
    table = trading_sessions.c
    ends = case(
        (extended, func.coalesce(table.after_hours_closes_at, table.closes_at)), else_=table.closes_at
    )
    return (
        select(table.opens_at, table.closes_at, table.pre_market_opens_at, table.after_hours_closes_at)
        # closes_at leads the index; a session's extended hours end within a day of its close
        .where(table.mic == mic, table.closes_at > at - text("interval '1 day'"), ends > at)
        .order_by(table.closes_at)
        .limit(_ONE)
        .lateral("next_session")
    )


def with_session(
    query: Select[Any], mic: ColumnElement[str], at: ColumnElement[datetime], extended: ColumnElement[bool]
) -> Select[Any]:
    """Read along that session, and the last close before orders that are good till canceled end."""
    table = trading_sessions.c
    session = session_of(mic, at, extended)
    last = (
        select(table.closes_at)
        .where(table.mic == mic, table.closes_at > at, table.closes_at <= at + text("interval '90 days'"))
        .order_by(table.closes_at.desc())
        .limit(_ONE)
        .scalar_subquery()
    )
    return query.outerjoin(session, true()).add_columns(*session.c, last.label("last_close"))
