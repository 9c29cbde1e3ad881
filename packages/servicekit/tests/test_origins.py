from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from toy_service import toy_service, toy_settings

from servicekit.origins import MissingOrigin, UntrustedOrigin, check_origin, from_browser, is_trusted
from servicekit.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

TRUSTED = {"https://shop.example", "http://localhost:3000"}
COOKIE = {"cookie": "a=b"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"sec-fetch-mode": "cors"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {**COOKIE, "origin": "https://shop.example"},
        {**COOKIE, "origin": "http://localhost:3000"},
        {**COOKIE, "referer": "https://shop.example/cart?page=1"},
        {"sec-fetch-site": "cross-site", "origin": "https://shop.example"},
    ],
)
def test_what_our_own_pages_or_a_program_sends_passes(headers: dict[str, str]) -> None:
    assert raised("POST", headers) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_changes_nothing_passes(method: str) -> None:
    assert raised(method, {**COOKIE, "origin": "https://evil.example"}) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "INVENTED"])
@pytest.mark.parametrize(
    "headers",
    [
        {**COOKIE, "origin": "https://evil.example"},
        {**COOKIE, "origin": "https://shop.example.evil.example"},
        {**COOKIE, "origin": "https://shop.example@evil.example"},
        {**COOKIE, "origin": "http://shop.example"},
        {**COOKIE, "origin": "https://shop.example:8443"},
        {**COOKIE, "referer": "https://evil.example/https://shop.example"},
        {**COOKIE, "origin": "https://evil.example", "referer": "https://shop.example/"},
        {**COOKIE, "origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-site"},
    ],
)
def test_what_a_strange_page_sends_is_refused(method: str, headers: dict[str, str]) -> None:
    assert raised(method, headers) is UntrustedOrigin


@pytest.mark.parametrize(
    "headers",
    [COOKIE, {**COOKIE, "origin": "null"}, {"sec-fetch-site": "cross-site"}, {**COOKIE, "origin": ""}],
)
def test_what_does_not_say_where_it_comes_from_is_refused(headers: dict[str, str]) -> None:
    assert raised("POST", headers) is MissingOrigin


def raised(method: str, headers: dict[str, str]) -> type[Problem] | None:
    try:
        check_origin(method, headers, TRUSTED)
    except Problem as problem:
        return type(problem)
    return None


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "https://shop.example\\@evil.example",
        "https:\\\\evil.example",
        "https://shop.example\t.evil.example",
        "\x01https://shop.example",
        " https://shop.example",
        "//shop.example",
        "/path",
        "javascript:alert(1)",
        "data:text/html,hello",
        "ftp://shop.example",
        "",
    ],
)
def test_a_url_that_a_browser_may_read_differently_is_not_trusted(url: str) -> None:
    assert not is_trusted(url, TRUSTED)


def test_where_nothing_is_an_origin_what_has_none_is_not_trusted_either() -> None:
    assert not is_trusted("javascript:alert(1)", {""})


def test_a_url_of_a_trusted_origin_is_trusted_whatever_its_path() -> None:
    assert is_trusted("https://shop.example/reset?next=%2Fcart#top", TRUSTED)


@pytest.mark.parametrize(
    ("headers", "browser"),
    [
        ({}, False),
        ({"sec-fetch-mode": "cors"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "https://shop.example"}, True),
    ],
)
def test_a_browser_is_known_by_what_only_browsers_send(headers: dict[str, str], *, browser: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert from_browser(Request({"type": "http", "headers": raw})) is browser


@pytest.mark.anyio
async def test_every_request_of_a_service_is_checked(
    toy_database: str, serving: Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
) -> None:
    settings = toy_settings(toy_database, trusted_origins=("https://shop.example",))
    async with serving(toy_service(settings)) as client:
        client.cookies.set("better-auth.session_token", "anything")
        answers = [
            await client.post("/notes", json={"body": origin}, headers={"Origin": origin})
            for origin in ("https://shop.example", "http://testserver", "https://evil.example", "null")
        ]
        stored = (await client.get("/notes/count")).json()
    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    assert [answer.json()["code"] for answer in answers[2:]] == ["INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"]
    assert stored == 2
