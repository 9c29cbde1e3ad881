"""The same request many times at once, and others under its name, at two processes that do not know of each other.

One at a time: test_orders.py. What it is for: docs/adr/0033.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from brokerage import ADDRESS, brokerage_on
from placed_orders import LIMIT, buying_power, orders_of
from refusals import refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from brokerage import Brokerage

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("acme")]

TIMES = 32
RESTRICTION = {"kind": "HALT", "reason": "a test", "symbol": "ACME"}


class Both:
    """One account's clients at two instances of the service, which share nothing but the database."""

    def __init__(self, *clients: httpx.AsyncClient) -> None:
        self.clients = clients

    async def send(
        self, path: str, bodies: list[dict[str, Any]], headers: list[Mapping[str, str]]
    ) -> list[httpx.Response]:
        """Send all at once, in turn to each instance."""
        sending = [
            self.clients[number % 2].post(path, json=body, headers=head)
            for number, (body, head) in enumerate(zip(bodies, headers, strict=True))
        ]
        return await asyncio.gather(*sending)


@pytest.fixture
async def both(brokerage: Brokerage, client: httpx.AsyncClient) -> AsyncIterator[Both]:
    async with (
        brokerage_on(brokerage.url) as second,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(second.app), base_url=ADDRESS, headers=client.headers
        ) as there,
    ):
        yield Both(client, there)


def outcomes(answers: list[httpx.Response]) -> set[tuple[int, bytes]]:
    return {(answer.status_code, answer.content) for answer in answers}


def conflicts(answers: list[httpx.Response], message: str) -> list[httpx.Response]:
    """Those that were accepted; all others are the conflict that says why."""
    others = [answer for answer in answers if answer.status_code >= 300]
    for answer in others:
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
            409,
            40910000,
            message,
        )
    return [answer for answer in answers if answer not in others]


@pytest.mark.parametrize("by", ["key", "client_order_id", "both", "keys of their own"])
async def test_an_order_that_is_sent_again_and_again_is_placed_once(
    brokerage: Brokerage, client: httpx.AsyncClient, both: Both, by: str
) -> None:
    body = LIMIT if by == "key" else LIMIT | {"client_order_id": "mine"}
    heads: list[Mapping[str, str]] = [
        {}
        if by == "client_order_id"
        else {"Idempotency-Key": f"k{number}" if by == "keys of their own" else "k"}
        for number in range(TIMES)
    ]
    answers = await both.send("/v2/orders", [body] * TIMES, heads)

    assert outcomes(answers) == {(200, answers[0].content)}
    assert orders_of(brokerage, client) == 1
    assert await buying_power(client) == "99010"


async def test_of_many_orders_under_one_key_one_is_placed_and_the_others_are_told(
    brokerage: Brokerage, client: httpx.AsyncClient, both: Both
) -> None:
    bodies = [LIMIT | {"qty": str(number + 1)} for number in range(TIMES)]
    answers = await both.send("/v2/orders", bodies, [{"Idempotency-Key": "k"}] * TIMES)
    (placed,) = conflicts(answers, "This Idempotency-Key was used for another request.")
    again = await both.send("/v2/orders", bodies, [{"Idempotency-Key": "k"}] * TIMES)

    assert orders_of(brokerage, client) == 1
    assert outcomes(conflicts(again, "This Idempotency-Key was used for another request.")) == {
        (200, placed.content)
    }


async def test_of_many_orders_under_one_name_one_is_placed_and_the_others_are_told(
    brokerage: Brokerage, client: httpx.AsyncClient, both: Both
) -> None:
    bodies = [LIMIT | {"qty": str(number + 1), "client_order_id": "mine"} for number in range(TIMES)]
    answers = await both.send("/v2/orders", bodies, [{}] * TIMES)
    message = "client_order_id must be unique: it names another order of this account"
    (placed,) = conflicts(answers, message)
    (row,) = (await client.get("/v2/orders", params={"status": "all"})).json()

    assert row == placed.json()
    assert orders_of(brokerage, client) == 1
    assert brokerage.market.value(
        "SELECT count(*) FROM trading.ledger_transfers WHERE account_id = %s AND phase = 'pending'",
        client.headers["X-Account-Id"],
    ) == len([placed])


async def test_a_name_that_is_taken_is_not_given_to_a_replacement(
    brokerage: Brokerage, client: httpx.AsyncClient, both: Both
) -> None:
    first, second = await both.send(
        "/v2/orders", [LIMIT | {"client_order_id": name} for name in ("a", "b")], [{}] * 2
    )
    path = f"/v2/orders/{second.json()['id']}"
    taken = await refused(brokerage, client.patch(path, json={"client_order_id": "a", "qty": "2"}), 409)
    answers = await asyncio.gather(
        *(both.clients[number % 2].patch(path, json={"qty": str(number + 1)}) for number in range(TIMES))
    )
    replaced = [answer for answer in answers if answer.status_code == 200]

    assert first.status_code == 200
    assert taken["message"] == "client_order_id must be unique: it names another order of this account"
    assert len(replaced) == 1
    assert {answer.status_code for answer in answers if answer not in replaced} == {422}
    assert orders_of(brokerage, client) == 3


@pytest.mark.parametrize(
    ("path", "bodies", "status", "table"),
    [
        (
            "/v2/account/restrictions",
            [RESTRICTION | {"reason": f"{n}"} for n in range(TIMES)],
            201,
            "restrictions",
        ),
        ("/v2/accounts", [{"name": f"{n}"} for n in range(TIMES)], 201, "accounts"),
    ],
)
async def test_whatever_else_takes_a_key_is_done_once(
    brokerage: Brokerage, both: Both, path: str, bodies: list[dict[str, Any]], status: int, table: str
) -> None:
    count = f"SELECT count(*) FROM trading.{table}"
    before = brokerage.market.value(count)
    same = await both.send(path, bodies[:1] * TIMES, [{"Idempotency-Key": "same"}] * TIMES)
    others = await both.send(path, bodies, [{"Idempotency-Key": "others"}] * TIMES)

    assert outcomes(same) == {(status, same[0].content)}
    (done,) = conflicts(others, "This Idempotency-Key was used for another request.")
    assert done.status_code == status
    assert brokerage.market.value(count) == before + 2


async def test_an_account_is_closed_once(brokerage: Brokerage, client: httpx.AsyncClient, both: Both) -> None:
    answers = await both.send("/v2/account/close", [{}] * TIMES, [{"Idempotency-Key": "end"}] * TIMES)

    assert outcomes(answers) == {(200, answers[0].content)}
    assert (
        brokerage.market.value(
            "SELECT count(*) FROM trading.audit_logs WHERE account_id = %s AND action = 'account.close'",
            client.headers["X-Account-Id"],
        )
        == 1
    )


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "a\tb", "\x7f"])
@pytest.mark.parametrize(
    "path", ["/v2/orders", "/v2/accounts", "/v2/account/restrictions", "/v2/account/close"]
)
async def test_an_idempotency_key_is_printable_ascii(
    brokerage: Brokerage, client: httpx.AsyncClient, path: str, key: str
) -> None:
    bodies = {"/v2/orders": LIMIT, "/v2/account/restrictions": {"kind": "HALT", "reason": "x"}}
    sent = client.post(path, json=bodies.get(path, {}), headers={b"Idempotency-Key": key.encode()})

    assert (await refused(brokerage, sent, 422))["message"].startswith("Idempotency-Key must have 1 to 255")
