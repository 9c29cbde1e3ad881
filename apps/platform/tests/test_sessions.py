"""GET /get-session, /list-sessions; POST /sign-out, /revoke-session, /revoke-sessions, /revoke-other-sessions."""

from __future__ import annotations

import pytest
from platform_service import Caller, PlatformService, new_address

pytestmark = pytest.mark.anyio


async def test_nobody_has_no_session(browser: Caller) -> None:
    response = await browser.get("/get-session")
    assert (response.status_code, response.json()) == (200, None)
    assert "set-cookie" not in response.headers
    assert response.headers["cache-control"] == "no-store"


async def test_a_session_is_shown_without_its_token(browser: Caller) -> None:
    user = (await browser.sign_up())["user"]
    found = await browser.session()
    assert found is not None
    assert found["user"] == user
    assert set(found["session"]) == {
        "id",
        "token",
        "userId",
        "expiresAt",
        "createdAt",
        "updatedAt",
        "ipAddress",
        "userAgent",
    }
    assert found["session"]["token"] == found["session"]["id"]
    assert found["session"]["userId"] == user["id"]
    assert found["session"]["ipAddress"] == "192.0.2.7"


async def test_a_token_that_is_none_is_nobody(program: Caller) -> None:
    for token in ("", "x", "x" * 5000, "../../etc", "%00", "é", "a b"):
        cookie = f"better-auth.session_token={token}".encode()
        response = await program.client.get("/api/auth/get-session", headers={b"cookie": cookie})
        assert (response.status_code, response.json()) == (200, None), token
        bearer = f"Bearer {token}".encode()
        response = await program.client.get("/api/auth/get-session", headers={b"authorization": bearer})
        assert (response.status_code, response.json()) == (200, None), token


@pytest.mark.parametrize("ended", ["expires_at", "absolute_expires_at"])
async def test_an_expired_session_is_dead_at_the_next_request(
    browser: Caller, service: PlatformService, ended: str
) -> None:
    await browser.sign_up()
    service.rows("UPDATE platform.session SET expires_at = now() - interval '1 second'")
    if ended == "absolute_expires_at":
        service.rows("UPDATE platform.session SET absolute_expires_at = now() - interval '1 second'")
    response = await browser.get("/get-session")
    assert response.json() is None
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert (await browser.get("/list-sessions")).status_code == 401


async def test_a_banned_users_sessions_are_dead_at_the_next_request(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    service.rows('UPDATE platform."user" SET banned_at = now()')
    assert await browser.session() is None


async def test_use_slides_the_end_once_a_day_and_never_past_the_absolute_one(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    before = service.rows("SELECT expires_at FROM platform.session")
    await browser.session()
    assert service.rows("SELECT expires_at FROM platform.session") == before
    service.rows("UPDATE platform.session SET expires_at = now() + interval '5 days 23 hours'")
    response = await browser.get("/get-session")
    assert "Max-Age=604800" in response.headers["set-cookie"]
    (row,) = service.rows(
        "SELECT expires_at > now() + interval '6 days 23 hours' AS slid FROM platform.session"
    )
    assert row["slid"]
    service.rows(
        "UPDATE platform.session SET absolute_expires_at = now() + interval '3 days',"
        " expires_at = now() + interval '2 days'"
    )
    await browser.session()
    (row,) = service.rows("SELECT expires_at = absolute_expires_at AS at_the_end FROM platform.session")
    assert row["at_the_end"]
    assert "set-cookie" not in (await browser.get("/get-session")).headers


async def test_an_unremembered_session_never_slides(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email, rememberMe=False)
    service.rows("UPDATE platform.session SET expires_at = now() + interval '1 hour'")
    assert "set-cookie" not in (await browser.get("/get-session")).headers
    (row,) = service.rows("SELECT expires_at < now() + interval '2 hours' AS unmoved FROM platform.session")
    assert row["unmoved"]


async def test_signing_out_ends_the_session_and_again_changes_nothing(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    token = browser.cookie
    for _ in range(2):
        response = await browser.post("/sign-out")
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert "Max-Age=0" in response.headers["set-cookie"]
    assert await (await service.program(token=token)).session() is None
    assert service.rows("SELECT id FROM platform.session") == []
    assert len(service.events("sign-out")) == 1


async def test_signing_out_needs_no_body(browser: Caller) -> None:
    await browser.sign_up()
    response = await browser.client.post("/api/auth/sign-out", headers=browser.headers)
    assert response.status_code == 200
    assert await browser.session() is None


async def test_the_owner_sees_every_session_by_id_and_which_is_the_current_one(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = await service.browser("2001:db8::7")
    await other.sign_in(email)
    listed = (await browser.get("/list-sessions")).json()
    assert [session["current"] for session in listed] == [True, False]
    assert [session["ipAddress"] for session in listed] == ["192.0.2.7", "2001:db8::7"]
    assert all(session["token"] == session["id"] for session in listed)
    text = str(listed)
    assert browser.cookie
    assert other.cookie
    assert browser.cookie not in text
    assert other.cookie not in text


async def test_a_session_is_revoked_by_its_id_and_dead_at_once(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = await service.browser()
    await other.sign_in(email)
    found = await other.session()
    assert found is not None
    response = await browser.post("/revoke-session", {"token": found["session"]["token"]})
    assert (response.status_code, response.json()) == (200, {"status": True})
    assert await other.session() is None
    assert await browser.session() is not None
    assert service.events("session.revoke")[0]["metadata"] == {"revoked": found["session"]["id"]}


async def test_the_raw_token_revokes_nothing(browser: Caller) -> None:
    await browser.sign_up()
    response = await browser.post("/revoke-session", {"token": browser.cookie})
    assert (response.status_code, response.json()) == (200, {"status": True})
    assert await browser.session() is not None


async def test_nobody_revokes_a_strangers_session(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    found = await browser.session()
    assert found is not None
    stranger = await service.browser()
    await stranger.sign_up()
    response = await stranger.post("/revoke-session", {"token": found["session"]["id"]})
    assert (response.status_code, response.json()) == (200, {"status": True})  # nor learns that there is one
    assert await browser.session() is not None


async def test_the_other_sessions_are_revoked_together(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    stranger = await service.browser()
    await stranger.sign_up()
    others = [await service.browser() for _ in range(3)]
    for other in others:
        await other.sign_in(email)
    assert (await browser.post("/revoke-other-sessions")).json() == {"status": True}
    assert [await other.session() for other in others] == [None] * 3
    assert await browser.session() is not None
    assert await stranger.session() is not None


async def test_all_sessions_are_revoked_together(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = await service.browser()
    await other.sign_in(email)
    assert (await browser.post("/revoke-sessions")).json() == {"status": True}
    assert await other.session() is await browser.session() is None


OWN = [
    ("GET", "/list-sessions"),
    ("GET", "/list-accounts"),
    ("POST", "/revoke-session"),
    ("POST", "/revoke-sessions"),
    ("POST", "/revoke-other-sessions"),
    ("POST", "/change-password"),
    ("POST", "/change-email"),
    ("POST", "/update-user"),
    ("POST", "/delete-user"),
]


async def test_what_is_a_users_own_needs_a_session(program: Caller) -> None:
    body = {
        "token": "x",
        "newPassword": "x",
        "currentPassword": "x",
        "newEmail": "a@example.com",
        "name": "x",
    }
    for method, path in OWN:
        response = await (program.get(path) if method == "GET" else program.post(path, body))
        assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED"), path
        assert response.json()["message"] == "Unauthorized"


async def test_revoking_without_saying_what_is_refused(browser: Caller) -> None:
    await browser.sign_up()
    response = await browser.post("/revoke-session", {})
    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_the_ways_to_sign_in_are_listed_without_secrets(browser: Caller) -> None:
    user = (await browser.sign_up())["user"]
    (account,) = (await browser.get("/list-accounts")).json()
    assert set(account) == {"id", "providerId", "accountId", "userId", "scopes", "createdAt", "updatedAt"}
    assert (account["providerId"], account["accountId"], account["scopes"]) == ("credential", user["id"], [])


async def test_ok_and_error_are_there(program: Caller) -> None:
    assert (await program.get("/ok")).json() == {"ok": True}
    page = await program.get("/error", params={"error": "<script>", "error_description": "<img src=x>"})
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "<img" not in page.text
    assert "UNKNOWN" in page.text
