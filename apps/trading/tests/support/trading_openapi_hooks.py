"""Signs schemathesis in as one trader, and has it ask for what is another's, by every name that it could know.

schemathesis imports this module itself: SCHEMATHESIS_HOOKS names it. TRADERS_UNDER_TEST names a file of JSON with the
service's `url`, the trader's `token`, that of the `feed`, what is `mine` and what is `theirs` by kind of name, and the
other's `secrets`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import schemathesis
from hypothesis import strategies

GIVEN = json.loads(Path(os.environ["TRADERS_UNDER_TEST"]).read_text())
MINE: dict[str, list[str]] = GIVEN["mine"]
THEIRS: dict[str, list[str]] = GIVEN["theirs"]
TRADER = httpx.Client(
    base_url=GIVEN["url"],
    headers={"Authorization": f"Bearer {GIVEN['token']}", "X-Account-Id": MINE["account"][0]},
    timeout=60,
)
ASKED = {name for names in THEIRS.values() for name in names}

# Which kind of name a parameter takes.
KINDS = {
    "X-Account-Id": "account",
    "order_id": "order",
    "before_order_id": "order",
    "after_order_id": "order",
    "client_order_id": "name",
    "page_token": "activity",
    "ledger_account_id": "ledger",
    "limit_id": "limit",
    "restriction_id": "restriction",
    "symbol_or_asset_id": "symbol",
    "symbol": "symbol",
    "user_id": "user",
    "activity_type": "type",
}
# What each operation with a body would do, if it were asked sensibly.
ORDER = {
    "symbol": "ACME",
    "side": "buy",
    "type": "limit",
    "time_in_force": "day",
    "qty": "1",
    "limit_price": "1.25",
}
BODIES: dict[str, dict[str, Any]] = {
    "OrderIn": ORDER,
    "ReplacementIn": {"qty": "2"},
    "LimitIn": {"kind": "MAX_POSITION_SIZE", "value": "5000"},
    "MemberIn": {"role": "VIEWER"},
    "RestrictionIn": {"kind": "HALT", "reason": "an example", "symbol": "OTHER"},
    "QuotesIn": {"quotes": [{"symbol": "ACME", "timestamp": "2026-01-05T14:30:00Z", "last_price": "99"}]},
}
NOBODYS = "019b8eac-0000-7000-8000-000000000000"
for _kind, _names in MINE.items():
    # mostly one's own, so that most of what is asked goes on to something
    _own, _others = [_names[n % len(_names)] for n in range(8)], [*THEIRS.get(_kind, []), NOBODYS]
    schemathesis.openapi.format(f"{_kind}-of-a-trader", strategies.sampled_from(_own + _others))


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Say of each parameter which names there are: of mine and of theirs."""
    del context
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                _name(parameter, KINDS.get(parameter["name"]))
    schemas = raw_schema["components"]["schemas"]
    for body, example in BODIES.items():
        schemas[body]["examples"] = [example]
        _name_in(schemas[body]["properties"].get("symbol", {}), "symbol")


def _name(parameter: dict[str, Any], kind: str | None) -> None:
    if kind is not None:
        names = MINE[kind] + THEIRS.get(kind, [])
        parameter["examples"] = {f"{kind} {number}": {"value": name} for number, name in enumerate(names)}
        for schema in (parameter["schema"], *parameter["schema"].get("anyOf", [])):
            _name_in(schema, kind)


def _name_in(schema: dict[str, Any], kind: str) -> None:
    if schema.get("type") == "string":
        schema["format"] = f"{kind}-of-a-trader"


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Have most be asked of an account that is there, and see that there is something to do.

    schemathesis takes any id that it has seen for an account's.
    """
    del context, kwargs
    account = case.headers.get("X-Account-Id", "")
    if _is_id(account) and account not in {*MINE["account"], *THEIRS["account"], NOBODYS}:
        account = case.headers["X-Account-Id"] = MINE["account"][0]
    if account not in MINE["account"]:
        return
    match (case.method, case.operation.path):
        case ("PATCH" | "DELETE", "/v2/orders/{order_id}"):
            order = TRADER.post("/v2/orders", json=ORDER).json()
            if case.path_parameters.get("order_id") in MINE["order"] and "id" in order:
                case.path_parameters["order_id"] = order["id"]
        case ("DELETE", "/v2/positions/{symbol_or_asset_id}"):
            TRADER.delete("/v2/orders")
        case ("POST", "/v2/account/close"):
            case.headers["X-Account-Id"] = TRADER.post("/v2/accounts", json={}).json()["id"]


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


@schemathesis.auth()
class Trader:
    """Always the same one, but that market data come from their service."""

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        del case, context
        token: str = GIVEN["token"]
        return token

    def set(self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext) -> None:
        del context
        token = GIVEN["feed"] if case.operation.path.startswith("/v2/market-data") else data
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.check
def no_object_of_another_account(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """No answer holds anything of the other account, and nothing that is asked about by its names is done."""
    del context
    asked = [
        *(case.path_parameters or {}).values(),
        *(case.query or {}).values(),
        *(case.headers or {}).values(),
    ]
    theirs = ASKED.intersection(map(str, asked))
    assert not (theirs and response.status_code < 300), f"{theirs} got {response.status_code}"
    text = response.text
    seen = [secret for secret in GIVEN["secrets"] if secret in text and secret not in theirs]
    assert not seen, f"an answer holds {seen}"
