"""What the OpenAPI document says is what the service does, asked by schemathesis in all its phases.

It asks as one trader, and knows the names of another's account, orders and cursors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from brokerage import MONDAY, brokerage_on
from migrated_database import migrated_copy, migrated_template
from schemathesis_runs import objections
from server_processes import serving_trading
from two_accounts import trader

if TYPE_CHECKING:
    from brokerage import Brokerage
    from two_accounts import Trader

__all__ = ["migrated_copy", "migrated_template"]

NEVER_DONE = {"GET /v2/account/portfolio/history"}
HOOKS = Path(__file__).parent / "support" / "trading_openapi_hooks.py"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def names(of: Trader) -> dict[str, list[str]]:
    """By what the hooks call a kind of name."""
    return {
        "account": [of.account],
        "order": of.orders,
        "name": of.names,
        "activity": of.activities,
        "ledger": of.ledger,
        "limit": of.limits,
        "restriction": of.restrictions,
    }


@pytest.mark.anyio
async def test_no_input_gets_a_server_error_an_undocumented_answer_or_an_object_of_another_account(
    migrated_copy: str, tmp_path: Path
) -> None:
    async with brokerage_on(migrated_copy) as brokerage:
        brokerage.market.sessions(MONDAY.date(), 120)
        acme = brokerage.market.instrument("ACME")
        brokerage.market.instrument("OTHER")
        brokerage.market.quote(acme, last="99.95")
        mine, theirs = await trader(brokerage, acme, 1), await trader(brokerage, acme, 2)
        before = theirs.everything(brokerage.market)
        given = {
            "token": mine.person.token,
            "feed": brokerage.market.person("service").token,
            "mine": names(mine)
            | {
                "symbol": ["ACME", str(acme)],
                "user": [str(brokerage.market.person().id)],
                "type": ["FILL", "CSD"],
            },
            "theirs": names(theirs),
            "secrets": theirs.secrets(brokerage.market),
        }
        traders = tmp_path / "traders.json"
        with serving_trading(migrated_copy, tmp_path / "log") as served:
            traders.write_text(json.dumps(given | {"url": served.url}))
            found = objections(served.url, HOOKS, tmp_path, examples=6, TRADERS_UNDER_TEST=str(traders))

        assert found == ""
        assert theirs.everything(brokerage.market) == before
        assert documented(brokerage) - done(tmp_path / "log") == NEVER_DONE


def documented(brokerage: Brokerage) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, methods in brokerage.app.openapi()["paths"].items()
        for method in methods
    }


def done(log: Path) -> set[str]:
    """The operations that succeeded at least once, by the server's own log: the others were tried at the door only."""
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return {
        f"{line['method']} {line['route']}"
        for line in lines
        if line["event"] == "request" and line["status"] < 300
    }
