"""POST /sign-in/email."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from platform_service import PASSWORD, Caller, Json, PlatformService, new_address

from platform_app.hashing import Argon2Parameters, PasswordHasher, Verdict

if TYPE_CHECKING:
    from platform_service import Start

pytestmark = pytest.mark.anyio

MADE_BY_BETTER_AUTH = (  # hashPassword() of better-auth 1.7.6 over PASSWORD
    "f0cdec78b2cf9ad5bf8839f70199e6c4:8af3f8f771cc0772ca70aab8b07f05dd238b2998f1a3a08fc5e77ec2b319f4d6"
    "853afd80264ec9d2972dd6b1746906b26ba51a329988b117a25856c8f71ae5bb"
)


async def test_who_knows_the_password_gets_a_session(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    user = (await browser.sign_up(email))["user"]
    response = await (await service.browser()).sign_in(email)
    assert response.status_code == 200
    assert response.json()["user"] == user
    assert response.json()["redirect"] is False
    assert "url" not in response.json()
    assert service.events("sign-in")[0]["outcome"] == "success"


async def test_a_browser_gets_the_token_in_the_cookie_only(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await browser.sign_in(email)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("better-auth.session_token=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=604800" in cookie
    assert browser.cookie
    assert browser.cookie not in response.text
    session = await browser.session()
    assert session is not None
    assert response.json()["token"] == session["session"]["id"]


async def test_over_https_the_cookie_has_the_host_prefix(start: Start) -> None:
    service = await start(public_url="https://platform.test")
    browser = await service.browser(origin="https://platform.test")
    response = await browser.post(
        "/sign-up/email", {"name": "Ann", "email": new_address(), "password": PASSWORD}
    )
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-better-auth.session_token=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_program_gets_the_token_in_the_body_and_uses_it_as_bearer(
    program: Caller, service: PlatformService
) -> None:
    email = new_address()
    await program.sign_up(email)
    token = (await (await service.program()).sign_in(email)).json()["token"]
    assert len(token) >= 43  # 256 bits
    session = await (await service.program(token=token)).session()
    assert session is not None
    assert session["user"]["email"] == email


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    stranger = await service.browser()
    wrong = await stranger.sign_in(email, "not the right password at all")
    unknown = await stranger.sign_in(new_address(), "not the right password at all")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}
    assert wrong.json()["code"] == "INVALID_EMAIL_OR_PASSWORD"
    assert wrong.json()["message"] == "Invalid email or password"
    assert set(wrong.headers) == set(unknown.headers)
    failures = service.events("sign-in")
    assert [event["reason"] for event in failures] == ["INVALID_EMAIL_OR_PASSWORD"] * 2
    assert failures[0]["user_id"] is not None
    assert failures[1]["user_id"] is None


async def test_an_address_that_is_none_is_refused_by_its_own_code(program: Caller) -> None:
    response = await program.sign_in("nope")
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_EMAIL")


async def test_a_password_beyond_the_limit_is_refused_before_it_is_hashed(program: Caller) -> None:
    response = await program.sign_in("ann@example.com", "x" * 129)
    assert (response.status_code, response.json()["code"]) == (400, "PASSWORD_TOO_LONG")


@pytest.mark.parametrize(
    "body", [{}, {"email": "ann@example.com"}, [], "text", None, {"email": 1, "password": 2}]
)
async def test_a_body_that_is_not_valid_is_refused(service: PlatformService, body: Json) -> None:
    client = (await service.program()).client
    response = await client.post("/api/auth/sign-in/email", json=body)
    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_the_presented_session_ends_so_that_no_one_can_plant_one(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    planted = browser.cookie
    await browser.sign_in(email)
    assert browser.cookie != planted
    assert await (await service.program(token=planted)).session() is None
    assert await browser.session() is not None
    assert len(service.rows("SELECT id FROM platform.session")) == 1


async def test_without_remember_me_the_session_ends_with_the_browser_and_after_a_day(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await (await service.browser()).sign_in(email, rememberMe=False)
    assert "Max-Age" not in response.headers["set-cookie"]
    assert "expires" not in response.headers["set-cookie"].lower()
    (row,) = service.rows(
        "SELECT expires_at - created_at AS idle, absolute_expires_at - created_at AS absolute "
        "FROM platform.session WHERE NOT remembered"
    )
    assert row["idle"].total_seconds() == row["absolute"].total_seconds() == 86400


async def test_a_remembered_session_has_an_idle_and_an_absolute_end(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    (row,) = service.rows(
        "SELECT expires_at - created_at AS idle, absolute_expires_at - created_at AS absolute FROM platform.session"
    )
    assert (row["idle"].days, row["absolute"].days) == (7, 30)


async def test_a_callback_of_ours_is_where_the_client_is_sent(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await browser.sign_in(email, callbackURL="/dashboard")
    assert response.status_code == 200
    assert response.headers["location"] == "/dashboard"
    assert (response.json()["redirect"], response.json()["url"]) == (True, "/dashboard")


async def test_a_callback_in_any_script_is_escaped_as_a_header_needs_it(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await browser.sign_in(email, callbackURL="/日本?q=é%20ü#ende")
    assert response.status_code == 200
    assert response.headers["location"] == "/%E6%97%A5%E6%9C%AC?q=%C3%A9%20%C3%BC#ende"
    assert response.json()["url"] == "/日本?q=é%20ü#ende"


async def test_a_banned_user_is_told_only_with_the_right_password(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    service.rows('UPDATE platform."user" SET banned_at = now()')
    wrong = await browser.sign_in(email, "not the right password at all")
    right = await browser.sign_in(email)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert (right.status_code, right.json()["code"]) == (403, "BANNED_USER")
    assert await browser.session() is None


async def test_an_unverified_address_is_told_only_with_the_right_password(start: Start) -> None:
    service = await start(require_email_verification=True)
    browser = await service.browser()
    email = new_address()
    await browser.sign_up(email)
    wrong = await browser.sign_in(email, "not the right password at all")
    right = await browser.sign_in(email)
    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert (right.status_code, right.json()["code"]) == (403, "EMAIL_NOT_VERIFIED")


async def test_a_user_imported_from_better_auth_signs_in_and_gets_a_better_hash(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    service.rows("UPDATE platform.account SET password = %s", MADE_BY_BETTER_AUTH)
    assert (await browser.sign_in(email, "wrong password of an import")).status_code == 401
    assert (await browser.sign_in(email)).status_code == 200
    (row,) = service.rows("SELECT password FROM platform.account")
    assert row["password"].startswith("$argon2id$")
    assert (await browser.sign_in(email)).status_code == 200


async def test_a_hash_with_other_parameters_is_replaced_at_sign_in(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = PasswordHasher(Argon2Parameters(memory=20480, time=2), threads=1)
    service.rows("UPDATE platform.account SET password = %s", await other.hash(PASSWORD))
    other.close()
    assert (await browser.sign_in(email)).status_code == 200
    (row,) = service.rows("SELECT password FROM platform.account")
    assert "m=19456" in row["password"]


async def test_a_password_is_the_same_in_every_unicode_spelling(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email, "fünf grüne Äpfel im Korb")
    decomposed = "fünf grüne Äpfel im Korb".replace("ü", "u\u0308").replace("Ä", "A\u0308")
    assert (await browser.sign_in(email, decomposed)).status_code == 200


async def test_a_sign_in_that_a_new_password_overtakes_begins_no_session(
    browser: Caller, service: PlatformService, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = new_address()
    await browser.sign_up(email)
    hasher = service.application.hasher
    verify, replacement = hasher.verify, await hasher.hash("quite another pass phrase")

    async def overtaken(password: str, stored: str | None) -> Verdict:
        verdict = await verify(password, stored)
        service.rows("UPDATE platform.account SET password = %s", replacement)
        return verdict

    monkeypatch.setattr(hasher, "verify", overtaken)
    late = await (await service.browser()).sign_in(email)
    assert (late.status_code, late.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert len(service.rows("SELECT id FROM platform.session")) == 1
