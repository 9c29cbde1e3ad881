"""POST /update-user and /delete-user."""

from __future__ import annotations

import pytest
from platform_service import PASSWORD, Caller, Json, PlatformService, new_address

pytestmark = pytest.mark.anyio


async def test_a_user_changes_name_and_picture(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up(image="https://x.test/a.png")
    response = await browser.post("/update-user", {"name": "Anna", "image": "https://x.test/b.png"})
    assert (response.status_code, response.json()) == (200, {"status": True})
    found = await browser.session()
    assert found is not None
    assert (found["user"]["name"], found["user"]["image"]) == ("Anna", "https://x.test/b.png")
    await browser.post("/update-user", {"image": None})
    found = await browser.session()
    assert found is not None
    assert (found["user"]["name"], found["user"]["image"]) == ("Anna", None)
    assert [event["metadata"] for event in service.events("user.update")] == [
        {"fields": ["image", "name"]},
        {"fields": ["image"]},
    ]


async def test_nothing_else_can_be_set(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    cases: list[tuple[Json, str]] = [
        ({}, "NO_FIELDS_TO_UPDATE"),
        ({"role": "admin"}, "NO_FIELDS_TO_UPDATE"),
        ({"emailVerified": True, "bannedAt": None, "id": "x"}, "NO_FIELDS_TO_UPDATE"),
        ({"name": None}, "NO_FIELDS_TO_UPDATE"),
        ({"email": "eve@example.com"}, "EMAIL_CAN_NOT_BE_UPDATED"),
        ({"email": "eve@example.com", "name": "Eve"}, "EMAIL_CAN_NOT_BE_UPDATED"),
        ({"name": 5}, "VALIDATION_ERROR"),
        ({"name": "a\nb"}, "VALIDATION_ERROR"),
        ({"image": "x" * 3000}, "VALIDATION_ERROR"),
        ([], "VALIDATION_ERROR"),
    ]
    for body, code in cases:
        response = await browser.post("/update-user", body)
        assert (response.status_code, response.json()["code"]) == (400, code), body
    (row,) = service.rows('SELECT name, email, role, email_verified, image FROM platform."user"')
    assert row == {"name": "Ann", "email": email, "role": "user", "email_verified": False, "image": None}


async def test_a_user_is_deleted_with_all_that_is_theirs(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = await service.browser()
    await other.sign_in(email)
    response = await browser.post("/delete-user", {"password": PASSWORD})
    assert (response.status_code, response.json()) == (200, {"success": True, "message": "User deleted"})
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert await other.session() is None
    assert (await browser.sign_in(email)).status_code == 401
    for table in ("user", "session", "account", "verification"):
        assert service.rows(f'SELECT 1 FROM platform."{table}"') == [], table
    assert service.events("user.delete")[0]["user_id"] is not None  # the record stays


async def test_deleting_needs_a_fresh_session_or_the_password(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    service.rows("UPDATE platform.session SET authenticated_at = now() - interval '25 hours'")
    stale = await browser.post("/delete-user", {})
    wrong = await browser.post("/delete-user", {"password": "wrong, and long enough"})
    assert (stale.status_code, stale.json()["code"]) == (400, "SESSION_EXPIRED")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_PASSWORD")
    assert await browser.session() is not None
    service.rows("UPDATE platform.session SET authenticated_at = now()")
    assert (await browser.post("/delete-user", {})).status_code == 200


async def test_a_user_whom_another_service_points_at_stays(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    service.rows(
        'CREATE TABLE public.holding (owner uuid REFERENCES platform."user" (id) ON DELETE RESTRICT);'
    )
    service.rows('INSERT INTO public.holding SELECT id FROM platform."user"')
    response = await browser.post("/delete-user", {"password": PASSWORD})
    assert (response.status_code, response.json()["code"]) == (409, "USER_IN_USE")
    assert response.json()["message"].startswith('The service "public" still keeps holding of this user.')
    assert await browser.session() is not None
