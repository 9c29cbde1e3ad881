"""Who gets what on which route: one letter per answer.

+ done  - 401, sign in first  x 403, not with your role  ? 404, there is no such thing
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from brokerage import MONDAY
from fastapi.routing import iter_route_contexts

if TYPE_CHECKING:
    from uuid import UUID

    import httpx
    from brokerage import Brokerage, Person

pytestmark = pytest.mark.anyio

ORDER = {"symbol": "ACME", "side": "buy", "type": "limit", "time_in_force": "day", "qty": 1, "limit_price": 1}
WHO = ("owner", "admin", "trader", "viewer", "stranger", "nobody", "revoked", "service")

# method, path, body, then one letter for each of WHO
MATRIX = """
    GET    /v2/account                              +  +  +  +  ?  -  -  ?
    POST   /v2/account/close                        +  x  x  x  ?  -  -  ?
    GET    /v2/account/configurations               +  +  +  +  ?  -  -  ?
    PATCH  /v2/account/configurations               +  +  x  x  ?  -  -  ?
    GET    /v2/account/members                      +  +  +  +  ?  -  -  ?
    PUT    /v2/account/members/{user}               +  +  x  x  ?  -  -  ?
    DELETE /v2/account/members/{user}               ?  ?  x  x  ?  -  -  ?
    GET    /v2/account/limits                       +  +  +  +  ?  -  -  ?
    PUT    /v2/account/limits                       +  +  x  x  ?  -  -  ?
    DELETE /v2/account/limits/{id}                  ?  ?  x  x  ?  -  -  ?
    GET    /v2/account/restrictions                 +  +  +  +  ?  -  -  ?
    POST   /v2/account/restrictions                 +  +  x  x  ?  -  -  ?
    DELETE /v2/account/restrictions/{id}            ?  ?  x  x  ?  -  -  ?
    GET    /v2/account/audit                        +  +  x  x  ?  -  -  ?
    GET    /v2/account/audit/verification           +  +  x  x  ?  -  -  ?
    GET    /v2/account/ledger                       +  +  +  +  ?  -  -  ?
    GET    /v2/account/ledger/{id}/entries          +  +  +  +  ?  -  -  ?
    GET    /v2/account/reconciliation               +  +  +  +  ?  -  -  ?
    GET    /v2/account/portfolio/history          422 422 422 422 ?  -  -  ?
    GET    /v2/account/activities                   +  +  +  +  ?  -  -  ?
    GET    /v2/account/activities/FILL              +  +  +  +  ?  -  -  ?
    GET    /v2/orders                               +  +  +  +  ?  -  -  ?
    POST   /v2/orders                               +  +  +  x  ?  -  -  ?
    GET    /v2/orders/{order}                       +  +  +  +  ?  -  -  ?
    PATCH  /v2/orders/{order}                       +  +  +  x  ?  -  -  ?
    DELETE /v2/orders/{order}                       +  +  +  x  ?  -  -  ?
    DELETE /v2/orders                               +  +  +  x  ?  -  -  ?
    GET    /v2/orders:by_client_order_id            +  +  +  +  ?  -  -  ?
    GET    /v2/positions                            +  +  +  +  ?  -  -  ?
    GET    /v2/positions/ACME                       ?  ?  ?  ?  ?  -  -  ?
    DELETE /v2/positions/ACME                       ?  ?  ?  x  ?  -  -  ?
    DELETE /v2/positions                            +  +  +  x  ?  -  -  ?
    GET    /v2/accounts                             +  +  +  +  +  -  -  +
    POST   /v2/accounts                             +  +  +  +  +  -  -  +
    GET    /v2/assets                               +  +  +  +  +  -  -  +
    GET    /v2/assets/ACME                          +  +  +  +  +  -  -  +
    GET    /v2/calendar                             +  +  +  +  +  -  -  +
    GET    /v2/clock                                +  +  +  +  +  -  -  +
    POST   /v2/market-data/quotes                   x  x  x  x  x  -  -  +
    GET    /healthz                                 +  +  +  +  +  +  +  +
    GET    /readyz                                  +  +  +  +  +  +  +  +
    GET    /metrics                                 +  +  +  +  +  +  +  +
    GET    /openapi.json                            +  +  +  +  +  +  +  +
"""
ROWS = [line.split() for line in MATRIX.strip().splitlines()]
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("PATCH", "/v2/account/configurations"): {},
    ("PUT", "/v2/account/members/{user}"): {"role": "VIEWER"},
    ("PUT", "/v2/account/limits"): {"kind": "MAX_ORDER_VALUE", "value": "1000"},
    ("POST", "/v2/account/restrictions"): {"kind": "HALT", "reason": "a test", "symbol": "OTHER"},
    ("POST", "/v2/orders"): ORDER,
    ("PATCH", "/v2/orders/{order}"): {"qty": "2"},
    ("POST", "/v2/accounts"): {},
    ("POST", "/v2/market-data/quotes"): {
        "quotes": [{"symbol": "ACME", "timestamp": MONDAY.isoformat(), "last_price": "99.95"}]
    },
}
LETTERS = {401: "-", 403: "x", 404: "?"}


@pytest.fixture
async def people(brokerage: Brokerage) -> tuple[str, dict[str, Person]]:
    """Everybody, and the account that they have or have not a role in."""
    people = {name: brokerage.market.person("service" if name == "service" else "user") for name in WHO}
    async with people["owner"].client(brokerage.app) as owner:
        account = (await owner.post("/v2/accounts", json={})).json()["id"]
    for role in ("admin", "trader", "viewer", "revoked"):
        brokerage.market.rows(
            "INSERT INTO trading.account_members (account_id, user_id, role) VALUES (%s, %s, %s)",
            account,
            people[role].id,
            "ADMIN" if role == "revoked" else role.upper(),
        )
    brokerage.market.rows("DELETE FROM platform.session WHERE user_id = %s", people["revoked"].id)
    return account, people


async def fresh_order(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v2/orders", json=ORDER)
    assert answer.status_code == 200
    order: str = answer.json()["id"]
    return order


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
async def test_who_gets_what(
    brokerage: Brokerage, acme: UUID, people: tuple[str, dict[str, Person]], row: list[str]
) -> None:
    assert acme
    brokerage.market.instrument("OTHER")
    account, everybody = people
    method, path, *expected = row
    got = []
    async with everybody["owner"].client(brokerage.app, account) as owner:
        for name in WHO:
            order = await fresh_order(owner) if "order" in path else uuid4()
            places = {"order": order, "user": uuid4(), "id": uuid4()}
            if path == "/v2/account/ledger/{id}/entries":
                places["id"] = (await owner.get("/v2/account/ledger")).json()[0]["id"]
            if path == "/v2/account/members/{user}" and method == "PUT":
                places["user"] = brokerage.market.person().id
            query = {}
            if path == "/v2/orders:by_client_order_id":
                order = (await owner.get(f"/v2/orders/{places['order']}")).json()
                query = {"client_order_id": order["client_order_id"]}
            async with everybody[name].client(brokerage.app, account) as client:
                if name == "nobody":
                    del client.headers["Authorization"]
                answer = await client.request(
                    method, path.format_map(places), json=BODIES.get((method, path)), params=query
                )
            got.append(LETTERS.get(answer.status_code, "+" if answer.is_success else str(answer.status_code)))

    assert dict(zip(WHO, got, strict=True)) == dict(zip(WHO, expected, strict=True))


def test_no_route_is_missing_from_the_matrix(brokerage: Brokerage) -> None:
    routes = {
        (method, _shape(route.path or ""))
        for route in iter_route_contexts(brokerage.app.routes)
        for method in (route.methods or set()) - {"HEAD"}
    }
    documented = {
        (method.upper(), _shape(path))
        for path, methods in brokerage.app.openapi()["paths"].items()
        for method in methods
    }

    assert {method for method, _ in routes} == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert documented < routes
    assert {(row[0], _shape(row[1])) for row in ROWS} == routes


def _shape(path: str) -> str:
    parts = ["*" if part.startswith("{") or part in {"ACME", "FILL"} else part for part in path.split("/")]
    return "/".join(parts)
