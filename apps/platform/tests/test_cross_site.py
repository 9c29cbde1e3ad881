"""Requests that a foreign page makes a browser send, and addresses that a link should not lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from platform_service import ORIGIN, PASSWORD, Caller, PlatformService, new_address

from platform_app.redirects import is_safe, with_parameters

if TYPE_CHECKING:
    from platform_service import Start

pytestmark = pytest.mark.anyio

CHANGING = ["/sign-out", "/revoke-sessions", "/revoke-other-sessions", "/update-user", "/delete-user"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"origin": "http://evil.test"}, "INVALID_ORIGIN"),
        ({"origin": "http://platform.test.evil.test"}, "INVALID_ORIGIN"),
        ({"origin": "https://platform.test"}, "INVALID_ORIGIN"),
        ({"origin": "http://platform.test:8080"}, "INVALID_ORIGIN"),
        ({"origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"origin": "", "referer": "http://evil.test/http://platform.test/"}, "INVALID_ORIGIN"),
        ({"origin": "", "sec-fetch-site": "cross-site"}, "MISSING_OR_NULL_ORIGIN"),
        ({"origin": ""}, "MISSING_OR_NULL_ORIGIN"),
    ],
)
async def test_a_cookie_that_a_foreign_page_brings_changes_nothing(
    browser: Caller, headers: dict[str, str], code: str
) -> None:
    await browser.sign_up()
    sent = {name: value for name, value in headers.items() if value}
    for path in CHANGING:
        response = await browser.client.post(f"/api/auth{path}", json={"name": "Eve"}, headers=sent)
        assert (response.status_code, response.json()["code"]) == (403, code), path
    found = await browser.session()
    assert found is not None
    assert found["user"]["name"] == "Ann"


async def test_a_page_of_a_trusted_origin_may(start: Start) -> None:
    service = await start(trusted_origins=("http://shop.test",))
    browser = await service.browser(origin="http://shop.test")
    await browser.sign_up()
    assert (await browser.post("/update-user", {"name": "Anna"})).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in/email", "/sign-up/email"])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"origin": "http://evil.test"}, "INVALID_ORIGIN"),
        ({"origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"referer": "http://evil.test/"}, "INVALID_ORIGIN"),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, "MISSING_OR_NULL_ORIGIN"),
    ],
)
async def test_a_foreign_page_signs_nobody_in(
    service: PlatformService, path: str, headers: dict[str, str], code: str
) -> None:
    client = (await service.program()).client
    body = {"name": "Eve", "email": new_address(), "password": PASSWORD}
    response = await client.post(f"/api/auth{path}", json=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, code)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_a_form_signs_nobody_in(browser: Caller, content_type: str) -> None:
    response = await browser.client.post(
        "/api/auth/sign-in/email",
        content=b'{"email": "ann@example.com", "password": "x"}',
        headers={"content-type": content_type, "origin": ORIGIN},
    )
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "name", ["__Host-better-auth.session_token", "better-auth.session_token.0", "session_token"]
)
async def test_a_cookie_of_another_name_is_nobody(
    browser: Caller, service: PlatformService, name: str
) -> None:
    await browser.sign_up()
    client = (await service.program()).client
    response = await client.get("/api/auth/get-session", headers={"cookie": f"{name}={browser.cookie}"})
    assert response.json() is None


FOREIGN = [
    "http://evil.test",
    "https://platform.test/x",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    " //evil.test",
    "/%2fevil.test",
    "/%5Cevil.test",
    "http://platform.test@evil.test",
    "http://evil.test\\@platform.test",
    "http://platform.test.evil.test/",
    "http:evil.test",
    "https:evil.test",
    "http:/evil.test",
    "http://platform.test。evil.test/",
    "http://platform。test/",
    "http://platform.test:80:80/",
    "http://platform.test:@evil.test/",
    "http://platform.test%2eevil.test/",
    "?next=http://evil.test",
    "#",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.test",
    "http://[::1",
    "/x\r\nSet-Cookie: a=b",
    "/" + "x" * 3000,
]
OURS = [
    "/",
    "/reset",
    "/a/b?next=http://evil.test#//x",
    "http://platform.test",
    "http://platform.test/reset?x=1",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_a_foreign_address_is_no_place_to_send_a_browser(url: str) -> None:
    assert not is_safe(url, {ORIGIN})


@pytest.mark.parametrize("url", OURS)
def test_a_page_of_ours_is(url: str) -> None:
    assert is_safe(url, {ORIGIN})


async def test_every_route_that_takes_a_callback_refuses_a_foreign_one(browser: Caller) -> None:
    await browser.sign_up()
    for url in FOREIGN:
        await refuse_everywhere(browser, url)
    assert await browser.session() is not None


async def refuse_everywhere(browser: Caller, url: str) -> None:
    email = new_address()
    bodies = {
        "/sign-up/email": {"name": "Ann", "email": email, "password": PASSWORD, "callbackURL": url},
        "/sign-in/email": {"email": email, "password": PASSWORD, "callbackURL": url},
        "/send-verification-email": {"email": email, "callbackURL": url},
        "/change-email": {"newEmail": email, "callbackURL": url},
        "/delete-user": {"callbackURL": url},
    }
    for path, body in bodies.items():
        response = await browser.post(path, body)
        assert (response.status_code, response.json()["code"]) == (403, "INVALID_CALLBACK_URL"), path
    response = await browser.post("/request-password-reset", {"email": email, "redirectTo": url})
    assert (response.status_code, response.json()["code"]) == (403, "INVALID_REDIRECT_URL")
    for path in ("/verify-email?token=x", "/reset-password/x"):
        response = await browser.get(path, params={"token": "x", "callbackURL": url})
        assert (response.status_code, response.json()["code"]) == (403, "INVALID_CALLBACK_URL"), path
        assert "location" not in response.headers


def test_parameters_join_those_that_are_there() -> None:
    assert with_parameters("/x?a=1#end", error="B C") == "/x?a=1&error=B+C#end"
    assert (
        with_parameters("/reset", "http://platform.test/", token="t") == "http://platform.test/reset?token=t"
    )
