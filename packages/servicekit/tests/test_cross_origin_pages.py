"""What a browser lets pages of another origin do (CORS): those that are trusted, everything; others, nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from toy_service import toy_service, toy_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]

pytestmark = pytest.mark.anyio

SHOP = "https://shop.example"
EVIL = "https://evil.example"


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, authorization",
    }


async def test_a_browser_may_send_what_a_page_of_a_trusted_origin_asks_for(
    toy_database: str, serving: Serving
) -> None:
    async with serving(toy_service(toy_settings(toy_database, trusted_origins=(SHOP,)))) as client:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            headers = (await client.options("/notes", headers=preflight(SHOP, method))).headers
            assert headers["access-control-allow-origin"] == SHOP
            assert headers["access-control-allow-credentials"] == "true"
            assert method in headers["access-control-allow-methods"]
            assert headers["access-control-allow-headers"] == "content-type, authorization"
            assert "Origin" in headers["vary"]


async def test_such_a_page_may_read_answers_and_problems_alike(toy_database: str, serving: Serving) -> None:
    async with serving(toy_service(toy_settings(toy_database, trusted_origins=(SHOP,)))) as client:
        for path, status in (("/perhaps", 200), ("/me", 401), ("/nothing", 404), ("/coded", 500)):
            answer = await client.get(path, headers={"Origin": SHOP})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == SHOP
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert "Retry-After" in answer.headers["access-control-expose-headers"]


async def test_a_page_of_any_other_origin_may_do_nothing(toy_database: str, serving: Serving) -> None:
    async with serving(toy_service(toy_settings(toy_database, trusted_origins=(SHOP,)))) as client:
        for origin in (EVIL, f"{SHOP}.evil.example", "null", "http://shop.example"):
            asked = await client.options("/notes", headers=preflight(origin))
            answered = await client.get("/perhaps", headers={"Origin": origin})
            assert asked.status_code == 400
            assert "access-control-allow-origin" not in asked.headers
            assert "access-control-allow-origin" not in answered.headers


async def test_where_no_origin_is_trusted_there_is_no_such_page(client: httpx.AsyncClient) -> None:
    answer = await client.options("/notes", headers=preflight(SHOP))
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
