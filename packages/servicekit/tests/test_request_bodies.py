from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from toy_service import toy_service, toy_settings

from servicekit.rendering import Renderer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
LIMIT = 65536


async def test_numbers_arrive_as_they_were_written(client: httpx.AsyncClient) -> None:
    answer = await client.post("/anything", content=b'{"a": 0.10, "b": 1}', headers=JSON)
    assert answer.json() == {"a": "Decimal('0.10')", "b": "1"}


async def test_a_body_up_to_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"a": "' + b"x" * (LIMIT - 9) + b'"}'
    assert len(body) == LIMIT
    assert (await client.post("/anything", content=body, headers=JSON)).status_code == 200


async def test_a_body_over_the_limit_is_refused_by_its_length(client: httpx.AsyncClient) -> None:
    answer = await client.post("/anything", content=b" " * (LIMIT + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_a_body_over_the_limit_is_refused_while_it_is_read(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 1024 + 1):
            yield b" " * 1024

    answer = await client.post("/anything", content=parts(), headers=JSON)
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b'{"a": "\xff"}', b"[" * 100, rb'{"a": "\u0000"}'])
async def test_a_body_that_is_not_strict_json_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/anything", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
async def test_a_body_of_another_type_is_refused(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/notes", content=b'{"body": "a"}', headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.shop+json"])
async def test_json_by_another_name_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/notes", content=b'{"body": "a"}', headers={"Content-Type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/notes/count?a=%00", "/notes/%00", "/slow/%00"])
async def test_nul_in_the_address_is_refused(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_what_is_wrong_is_said_without_repeating_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", json={"body": ["hunter2"], "price": "hunter2"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["message"] == "body.body: Input should be a valid string"
    assert [error["at"] for error in answer.json()["errors"]] == ["body.body", "body.price"]
    assert "hunter2" not in answer.text


async def test_a_missing_body_is_invalid(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes")
    assert (answer.status_code, answer.json()["message"]) == (422, "body: Field required")


async def test_an_api_chooses_the_status_of_what_is_invalid(toy_database: str, serving: Serving) -> None:
    service = toy_service(toy_settings(toy_database), Renderer(invalid_status=400))
    async with serving(service) as client:
        answer = await client.post("/notes", json={})
    assert (answer.status_code, answer.json()["status"], answer.json()["title"]) == (400, 400, "Bad Request")
