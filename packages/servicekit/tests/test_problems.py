from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from toy_service import toy_service, toy_settings

from servicekit.problems import Forbidden, TooManyRequests, Unauthorized, Unavailable
from servicekit.rendering import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    from servicekit.problems import Problem

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]


class Closed(Forbidden):
    """The shop
    is closed.
    """


def test_a_problems_docstring_is_its_message() -> None:
    assert Closed().message == "The shop\nis closed."
    assert str(Closed("The shop opens at nine.")) == "The shop opens at nine."


def test_problems_that_pass_with_time_say_when_to_come_back() -> None:
    assert TooManyRequests(retry_after=60).headers == {"Retry-After": "60"}
    assert Unavailable().headers == {"Retry-After": "1"}
    assert Unauthorized().headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.anyio
async def test_a_problem_is_rendered_as_rfc_9457_with_the_apis_code_and_message_beside_it(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/notes", params={"fail": "problem"}, json={"body": "milk"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is such a note already.",
        "code": "TAKEN",
        "message": "There is such a note already.",
        "request_id": answer.headers["x-request-id"],
    }


@pytest.mark.anyio
async def test_a_problem_may_carry_members_and_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/coded")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["depth"]) == (500, "7", 3)


@pytest.mark.anyio
async def test_a_bug_is_answered_without_a_word_about_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/notes", params={"fail": "bug"}, json={"body": "hunter2"})
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert "hunter2" not in answer.text
    assert "LookupError" not in answer.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "NOT_FOUND"), ("DELETE", "/notes", 405, "METHOD_NOT_ALLOWED")],
)
async def test_the_frameworks_own_errors_look_alike(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)


@pytest.mark.anyio
async def test_a_method_too_many_is_told_every_method_that_there_is(client: httpx.AsyncClient) -> None:
    answer = await client.put("/anything")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, POST")


@pytest.mark.anyio
async def test_an_api_may_write_codes_its_own_way(toy_database: str, serving: Serving) -> None:
    def numbered(problem: Problem) -> int:
        return problem.status * 1000

    async with serving(toy_service(toy_settings(toy_database), Renderer(code_of=numbered))) as client:
        assert (await client.get("/nothing")).json()["code"] == 404000


@pytest.mark.anyio
async def test_every_operation_of_the_openapi_document_says_what_its_errors_look_like(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    for path in document["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert "422" not in operation["responses"]
    assert "/healthz" not in document["paths"]
