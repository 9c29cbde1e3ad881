"""Bodies and parameters that no client sends by mistake."""

from __future__ import annotations

import pytest
from platform_service import ORIGIN, Caller, PlatformService, new_address

pytestmark = pytest.mark.anyio

POSTS = [
    "/sign-up/email",
    "/sign-in/email",
    "/sign-out",
    "/revoke-session",
    "/revoke-sessions",
    "/revoke-other-sessions",
    "/change-password",
    "/request-password-reset",
    "/reset-password",
    "/send-verification-email",
    "/update-user",
    "/change-email",
    "/delete-user",
]
GETS = [
    "/get-session",
    "/list-sessions",
    "/list-accounts",
    "/verify-email",
    "/reset-password/x",
    "/ok",
    "/error",
]
WITHOUT_A_BODY = {"/sign-out", "/revoke-sessions", "/revoke-other-sessions"}
BODIES = {
    "nested": b"[" * 20_000 + b"]" * 20_000,
    "an object in an object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "not utf-8": b'{"email": "\xff\xfe@example.com", "password": "\xc3\x28"}',
    "a nul": b'{"name": "a\\u0000b", "email": "a@example.com", "password": "a\\u0000b", "token": "\\u0000"}',
    "a raw nul": b'{"name": "a\x00b"}',
    "half a surrogate": b'{"name": "\\ud800", "email": "a@example.com", "password": "\\ud800", "token": "\\udfff"}',
    "twice": b'{"email": "a@example.com", "email": "b@example.com"}',
    "no number": b'{"name": NaN, "token": Infinity}',
    "a huge number": b'{"token": ' + b"9" * 10_000 + b"}",
    "cut off": b'{"email": "a@exam',
    "nothing": b"",
    "a list": b"[1, 2, 3]",
    "a text": b'"text"',
    "deep where text is due": b'{"email": {"a": ["b"]}, "password": [[]], "token": {}, "newPassword": {}, "name": []}',
}


async def test_a_hostile_body_is_refused_everywhere_and_breaks_nothing(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    headers = {"content-type": "application/json", "origin": ORIGIN}
    for path in POSTS:
        if path in WITHOUT_A_BODY:
            continue  # they read none
        for name, body in BODIES.items():
            response = await browser.client.post(f"/api/auth{path}", content=body, headers=headers)
            assert 400 <= response.status_code < 500, (path, name, response.text)
            assert response.json()["code"], (path, name)
    assert await browser.session() is not None
    assert len(service.rows('SELECT 1 FROM platform."user"')) == 1


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(browser: Caller) -> None:
    headers = {"content-type": "application/json", "origin": ORIGIN}
    huge = b'{"name": "' + b"x" * 70_000 + b'"}'
    for path in POSTS:
        response = await browser.client.post(f"/api/auth{path}", content=huge, headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "BODY_TOO_LARGE"), path


async def test_hostile_parameters_and_headers_break_nothing(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    values = [
        "\x00",
        "%00",
        '\'; DROP TABLE platform."user"; --',
        "💥" * 200,
        "\ud7ff",
        "../" * 50,
        "{{7*7}}",
        "a" * 900,
    ]
    for path in GETS:
        for value in values:
            response = await browser.get(path, params={"token": value, "error": value, "callbackURL": "/x"})
            assert response.status_code < 500, (path, value)
    for raw in (b"\xff\xfe", b"'", b"a" * 5000, "💥".encode()):
        response = await browser.client.get(
            "/api/auth/get-session",
            headers={b"user-agent": raw, b"x-request-id": raw, b"accept-language": raw},
        )
        assert response.status_code == 200, raw
    program = await service.program()
    response = await program.client.post(
        "/api/auth/sign-up/email",
        json={"name": "Ann", "email": new_address(), "password": "correct horse battery staple"},
        headers={b"user-agent": b"\xff\xfe" * 2000},
    )
    assert response.status_code == 200
    assert len(service.rows('SELECT 1 FROM platform."user"')) == 2


async def test_a_method_that_a_route_does_not_have_is_refused(program: Caller) -> None:
    for path in POSTS:
        assert (await program.get(path)).status_code in {404, 405}, path
    for path in GETS:
        response = await program.post(path)
        assert response.status_code in {404, 405}, path


async def test_asking_about_a_link_with_head_does_not_use_it_up(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    link = await service.link()
    await browser.client.head(f"/api/auth{link}")
    await browser.client.options(f"/api/auth{link}")
    response = await browser.get(link)
    assert response.headers["location"] == "/"
