from __future__ import annotations

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from fastapi import Request, Response

from servicekit.routing import Router
from servicekit.unit_of_work import CurrentConnection, UnitOfWork
from trading_app.accounts import service
from trading_app.accounts.access import Administration, Reading
from trading_app.accounts.errors import NoPortfolioHistory
from trading_app.accounts.schemas import (
    AccountIn,
    AccountOut,
    ConfigurationsIn,
    ConfigurationsOut,
    MemberIn,
    MemberOut,
    TradeAccountOut,
)
from trading_app.audit.actor import CurrentActor
from trading_app.books.arithmetic import ZERO
from trading_app.idempotency.service import KeyHeader, answered, once
from trading_app.identifiers import identifier
from trading_app.positions.valuation import Valuation, valuation
from trading_app.rows import Row
from trading_app.venue.clock import Now

router = Router(prefix="/v2", tags=["accounts"])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@router.post("/accounts", status_code=201, response_model=AccountOut)
async def open_account(
    wanted: AccountIn,
    request: Request,
    actor: CurrentActor,
    now: Now,
    connection: UnitOfWork,
    idempotency_key: KeyHeader = None,
) -> Response:
    # With a key the account's id comes from it: whoever asks twice names the same account, which exists once.
    name = (_EPOCH, idempotency_key) if idempotency_key else (now, secrets.token_hex(16))
    account_id = identifier(name[0], "account", actor.id, name[1])
    repeat = await once(request, idempotency_key, account_id, actor.id)
    await service.open_account(connection, account_id, wanted, actor, at=now)

    async def opened() -> AccountOut:
        rows = await service.of_user(connection, actor.id)
        return next(_account(row) for row in rows if row["id"] == account_id)

    return await answered(connection, repeat, 201, opened)


@router.get("/accounts")
async def list_accounts(actor: CurrentActor, connection: UnitOfWork) -> list[AccountOut]:
    return [_account(row) for row in await service.of_user(connection, actor.id)]


@router.get("/account")
async def get_account(access: Reading, now: Now, connection: CurrentConnection) -> TradeAccountOut:
    account = await service.found(connection, access.account_id)
    worth = await valuation(connection, access.account_id, at=now)
    names = {
        "account_number": str(account["number"]),
        "multiplier": str(account["max_margin_multiplier"]),
        "shorting_enabled": not account["no_shorting"],
        "trade_suspended_by_user": account["suspend_trade"],
    }
    as_of = {"balance_asof": worth.last_session}
    return TradeAccountOut.model_validate({**account, **names, **_money(worth), **as_of})


@router.get("/account/portfolio/history", response_model=None)
async def get_portfolio_history(access: Reading) -> None:  # noqa: ARG001  a stranger's is 404 all the same
    """Alpaca has it; here it comes later."""
    raise NoPortfolioHistory


@router.get("/account/configurations")
async def get_configurations(access: Reading, connection: UnitOfWork) -> ConfigurationsOut:
    return _configurations(await service.get(connection, access.account_id))


@router.patch("/account/configurations")
async def change_configurations(
    wanted: ConfigurationsIn, access: Administration, now: Now, connection: UnitOfWork
) -> ConfigurationsOut:
    return _configurations(await service.configure(connection, access, wanted, at=now))


@router.get("/account/members")
async def list_members(access: Reading, connection: UnitOfWork) -> list[MemberOut]:
    rows = await service.members(connection, access.account_id)
    return [MemberOut.model_validate(dict(row)) for row in rows]


@router.put("/account/members/{user_id}")
async def set_member(
    user_id: UUID, wanted: MemberIn, access: Administration, now: Now, connection: UnitOfWork
) -> MemberOut:
    return MemberOut.model_validate(
        dict(await service.set_member(connection, access, user_id, wanted, at=now))
    )


@router.delete("/account/members/{user_id}", status_code=204)
async def remove_member(user_id: UUID, access: Administration, now: Now, connection: UnitOfWork) -> None:
    await service.remove_member(connection, access, user_id, at=now)


def _account(row: Row) -> AccountOut:
    return AccountOut.model_validate({**row, "account_number": str(row["number"])})


def _configurations(row: Row) -> ConfigurationsOut:
    return ConfigurationsOut.model_validate(
        {**row, "max_margin_multiplier": str(row["max_margin_multiplier"])}
    )


def _money(worth: Valuation) -> dict[str, Decimal]:
    """Write what an account is worth; a cash account buys with free cash alone and owes no margin but all of it."""
    free = dict.fromkeys(
        (
            "buying_power",
            "regt_buying_power",
            "daytrading_buying_power",
            "non_marginable_buying_power",
            "options_buying_power",
        ),
        worth.available_cash,
    )
    nothing = dict.fromkeys(
        (
            "short_market_value",
            "accrued_fees",
            "pending_transfer_in",
            "pending_transfer_out",
            "intraday_adjustments",
            "pending_reg_taf_fees",
            "sma",
        ),
        ZERO,
    )
    margin = dict.fromkeys(
        ("long_market_value", "position_market_value", "initial_margin", "maintenance_margin"),
        worth.market_value,
    )
    equity = {"equity": worth.equity, "portfolio_value": worth.equity, "last_equity": worth.last_equity}
    last = {"last_maintenance_margin": worth.last_market_value}
    return {"cash": worth.cash} | free | nothing | margin | equity | last
