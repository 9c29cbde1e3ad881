"""What happens to somebody at one service is true at the other, at the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from traders import PASSWORD, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from market_feed import Feed
    from stacks import Stack


def status(person: Person, path: str = "/account") -> int:
    return person.trading.get(path).status_code


def delete(person: Person) -> httpx.Response:
    return person.auth.post("/delete-user", json={"password": PASSWORD})


def test_who_signs_up_can_trade_until_the_session_is_revoked(
    new_person: Callable[[], Person], symbol: str
) -> None:
    ada = new_person()
    assert status(ada) == 404, "no account yet"
    ada.open_account(cash="5000")

    placed = ada.order(symbol, qty="10").json()
    filled = ada.until_filled(placed["id"])
    [position] = ada.trading.get("/positions").json()
    account = ada.trading.get("/account").json()

    assert (filled["filled_qty"], filled["filled_avg_price"]) == ("10", "100")
    assert (position["symbol"], position["qty"]) == (symbol, "10")
    assert account["cash"] == "4000"
    assert ada.books_are_exact()

    found = ada.session()
    assert found is not None
    with ada.again() as elsewhere:
        revoked = elsewhere.auth.post("/revoke-session", json={"token": found["session"]["id"]})

    assert revoked.status_code == 200
    assert (ada.session(), status(ada), status(ada, "/positions")) == (None, 401, 401)
    assert ada.order(symbol).status_code == 401


def test_nobody_sees_a_strangers_account(ada: Person, new_person: Callable[[], Person]) -> None:
    stranger = new_person()
    stranger.use(ada.trading.headers["X-Account-Id"])

    assert (status(ada), status(stranger), stranger.order("AAPL").status_code) == (200, 404, 404)


def test_a_banned_user_is_out_everywhere_and_comes_back_to_the_same_account(
    operator: Stack, ada: Person
) -> None:
    account = ada.trading.headers["X-Account-Id"]
    operator.platform("ban", ada.email, "--reason", "a test")

    refused = ada.auth.post("/sign-in/email", json={"email": ada.email, "password": PASSWORD})
    assert (status(ada), ada.session(), refused.is_success) == (401, None, False)

    operator.platform("unban", ada.email)
    assert status(ada) == 401, "the old session stays dead"
    with ada.again() as back:
        assert back.trading.get("/account").json()["id"] == account


def test_a_user_who_owns_an_account_is_deleted_only_after_it_is_closed(ada: Person) -> None:
    refused = delete(ada)
    assert (refused.status_code, refused.json()["code"]) == (409, "USER_IN_USE")
    assert 'The service "trading" still keeps accounts of this user.' in refused.json()["message"]
    assert (status(ada), ada.session() is not None) == (200, True), "nothing is half deleted"

    closed = ada.trading.post("/account/close")
    assert (closed.status_code, closed.json()["status"]) == (200, "ACCOUNT_CLOSED")
    assert ada.books_are_exact()

    assert delete(ada).status_code == 200
    assert status(ada) == 401
    gone = ada.auth.post("/sign-in/email", json={"email": ada.email, "password": PASSWORD})
    assert gone.status_code == 401


def test_what_is_open_stands_against_closing_the_account(ada: Person, feed: Feed, symbol: str) -> None:
    ada.until_filled(ada.order(symbol).json()["id"])
    assert ada.trading.post("/account/close").status_code == 409
    feed.quote(symbol)
    sold = ada.trading.delete(f"/positions/{symbol}").json()
    ada.until_filled(sold["id"])

    assert ada.trading.post("/account/close").status_code == 200
    assert delete(ada).status_code == 200


def test_a_members_rights_end_with_the_membership(
    ada: Person, new_person: Callable[[], Person], symbol: str
) -> None:
    ben = new_person()
    ben.use(ada.trading.headers["X-Account-Id"])
    member = f"/account/members/{ben.id}"
    assert status(ben) == 404

    ada.trading.put(member, json={"role": "VIEWER"})
    assert (status(ben), ben.order(symbol).status_code) == (200, 403)
    ada.trading.put(member, json={"role": "TRADER"})
    order = ben.order(symbol, type="limit", limit_price="1").json()
    assert ada.trading.get(f"/orders/{order['id']}").status_code == 200

    ada.trading.delete(member)
    assert (status(ben), ben.order(symbol).status_code) == (404, 404)
    assert ben.trading.delete(f"/orders/{order['id']}").status_code == 404
    assert ada.trading.delete(f"/orders/{order['id']}").status_code == 204, "what the member did stays"


def test_a_member_who_leaves_the_platform_is_no_member_any_more(
    ada: Person, new_person: Callable[[], Person]
) -> None:
    ben = new_person()
    ada.trading.put(f"/account/members/{ben.id}", json={"role": "ADMIN"})
    assert len(ada.trading.get("/account/members").json()) == 2

    assert delete(ben).status_code == 200
    assert [member["role"] for member in ada.trading.get("/account/members").json()] == ["OWNER"]
