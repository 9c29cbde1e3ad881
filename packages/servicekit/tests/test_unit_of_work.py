from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio


async def test_what_a_request_wrote_is_there_when_its_answer_is(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", json={"body": "milk"})
    assert answer.status_code == 200
    assert (await client.get("/notes/count")).json() == 1


@pytest.mark.parametrize(("fail", "status"), [("problem", 409), ("bug", 500)])
async def test_a_request_that_fails_leaves_nothing(client: httpx.AsyncClient, fail: str, status: int) -> None:
    answer = await client.post("/notes", params={"fail": fail}, json={"body": "milk"})
    assert answer.status_code == status
    assert (await client.get("/notes/count")).json() == 0


async def test_a_commit_that_is_refused_is_answered_as_a_failure(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes/deferred")
    assert answer.status_code == 500


async def test_the_database_can_be_used_without_a_transaction(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    assert toy_database.endswith((await client.get("/database")).json())
