"""POST /send-verification-email, GET /verify-email, POST /change-email."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import pytest
from platform_service import PASSWORD, Caller, PlatformService, link_in, new_address, token_in, until

if TYPE_CHECKING:
    from platform_service import Start

pytestmark = pytest.mark.anyio

WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
"""Whoever waits for somebody else's transaction."""


async def test_the_mail_of_a_sign_up_verifies_the_address(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email, callbackURL="/welcome")
    (mail,) = await service.deliver()
    assert mail["To"] == email
    reader = await service.browser()
    response = await reader.get(link_in(mail))
    assert (response.status_code, response.headers["location"]) == (302, "/welcome")
    assert reader.cookie is None  # a link signs nobody in
    found = await browser.session()
    assert found is not None
    assert found["user"]["emailVerified"] is True
    assert service.events("email.verification")[0]["outcome"] == "success"


async def test_without_a_page_to_go_to_the_answer_is_json(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    token = token_in(await service.link())
    first = await browser.get("/verify-email", params={"token": token})
    again = await browser.get("/verify-email", params={"token": token})
    assert (first.status_code, first.json()) == (200, {"status": True, "user": None})
    assert (again.status_code, again.json()["code"]) == (401, "INVALID_TOKEN")


async def test_a_bad_link_leads_to_the_page_with_the_error(browser: Caller) -> None:
    response = await browser.get("/verify-email", params={"token": "bad", "callbackURL": "/x?a=1"})
    assert (response.status_code, response.headers["location"]) == (302, "/x?a=1&error=INVALID_TOKEN")
    missing = await browser.get("/verify-email")
    assert (missing.status_code, missing.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_fifty_uses_of_a_link_at_once_are_one(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    token = token_in(await service.link())
    callers = [await service.browser() for _ in range(50)]
    answers = await asyncio.gather(
        *(caller.get("/verify-email", params={"token": token}) for caller in callers)
    )
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(401)) == (1, 49)
    assert len(service.events("email.verification")) == 1


async def test_a_link_is_too_old_after_an_hour(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    token = token_in(await service.link())
    service.rows("UPDATE platform.verification SET expires_at = now() - interval '1 second'")
    response = await browser.get("/verify-email", params={"token": token})
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_TOKEN")
    assert service.rows('SELECT email_verified FROM platform."user"') == [{"email_verified": False}]


async def test_no_other_secret_verifies_an_address(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    await service.deliver()
    await browser.post("/request-password-reset", {"email": email})
    reset = token_in(await service.link())
    for token in (reset, browser.cookie, "x", "%00", "💥" * 100):
        assert (await browser.get("/verify-email", params={"token": token or ""})).status_code == 401, token
    assert service.rows('SELECT email_verified FROM platform."user"') == [{"email_verified": False}]


async def test_who_must_verify_first_signs_in_afterwards(start: Start) -> None:
    service = await start(require_email_verification=True)
    browser = await service.browser()
    email = new_address()
    assert (await browser.sign_up(email))["token"] is None
    assert (await browser.sign_in(email)).status_code == 403
    await browser.get(await service.link())
    assert (await browser.sign_in(email)).status_code == 200


async def test_the_owner_of_a_taken_address_is_told_by_mail(start: Start) -> None:
    service = await start(require_email_verification=True)
    browser = await service.browser()
    email = new_address()
    await browser.sign_up(email)
    await browser.get(await service.link())
    stranger = await service.browser()
    await stranger.sign_up(email)
    (mail,) = await service.deliver()
    assert mail["To"] == email
    assert "already have an account" in mail["Subject"]
    assert (
        await stranger.sign_in(email, PASSWORD)
    ).status_code == 200  # the owner's password, not the stranger's


async def test_asking_again_answers_the_same_for_every_address(
    browser: Caller, service: PlatformService
) -> None:
    unverified = new_address()
    await browser.sign_up(unverified)
    await service.deliver()
    stranger = await service.browser()
    answers = [
        await stranger.post("/send-verification-email", {"email": each})
        for each in (unverified, new_address())
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"status": True})] * 2
    assert [mail["To"] for mail in await service.deliver()] == [unverified]


async def test_who_is_signed_in_asks_for_the_own_address_only(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    other = await browser.post("/send-verification-email", {"email": new_address()})
    assert (other.status_code, other.json()["code"]) == (400, "EMAIL_MISMATCH")
    service.rows('UPDATE platform."user" SET email_verified = true')
    done = await browser.post("/send-verification-email", {"email": email})
    assert (done.status_code, done.json()["code"]) == (400, "EMAIL_ALREADY_VERIFIED")


async def test_an_address_changes_when_the_new_one_is_proved(
    browser: Caller, service: PlatformService
) -> None:
    old, new = new_address(), new_address()
    await browser.sign_up(old)
    await service.deliver()
    response = await browser.post(
        "/change-email", {"newEmail": new.upper().replace("@EXAMPLE.COM", "@example.com")}
    )
    assert (response.status_code, response.json()) == (200, {"status": True})
    found = await browser.session()
    assert found is not None
    assert found["user"]["email"] == old
    (mail,) = await service.deliver()
    assert mail["To"] == new
    verified = await browser.get("/verify-email", params={"token": token_in(link_in(mail))})
    assert verified.status_code == 200
    assert verified.json()["status"] is True
    assert (verified.json()["user"]["email"], verified.json()["user"]["emailVerified"]) == (new, True)
    (notice,) = await service.deliver()
    assert notice["To"] == old
    assert (await browser.sign_in(old)).status_code == 401
    assert (await browser.sign_in(new)).status_code == 200
    assert [event["outcome"] for event in service.events("email.change")] == ["success"]


async def test_a_taken_new_address_gets_the_same_answer_and_no_mail(
    browser: Caller, service: PlatformService
) -> None:
    taken = new_address()
    await (await service.browser()).sign_up(taken)
    await browser.sign_up()
    await service.deliver()
    response = await browser.post("/change-email", {"newEmail": taken})
    assert (response.status_code, response.json()) == (200, {"status": True})
    assert await service.deliver() == []


async def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(
    browser: Caller, service: PlatformService
) -> None:
    new = new_address()
    await browser.sign_up()
    await service.deliver()
    await browser.post("/change-email", {"newEmail": new})
    token = token_in(await service.link())
    await (await service.browser()).sign_up(new)
    response = await browser.get("/verify-email", params={"token": token})
    assert (response.status_code, response.json()["code"]) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")


async def test_an_address_that_is_taken_at_the_same_moment_is_not_taken_twice(
    browser: Caller, service: PlatformService
) -> None:
    new = new_address()
    await browser.sign_up()
    await service.deliver()
    await browser.post("/change-email", {"newEmail": new})
    token = token_in(await service.link())
    async with await psycopg.AsyncConnection.connect(service.url) as somebody:
        await somebody.execute('INSERT INTO platform."user" (name, email) VALUES (%s, %s)', ("Eve", new))
        change = asyncio.create_task(browser.get("/verify-email", params={"token": token}))
        await until(lambda: bool(service.rows(WAITING)))
    response = await change
    assert (response.status_code, response.json()["code"]) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")


async def test_another_users_link_changes_nothing_here(browser: Caller, service: PlatformService) -> None:
    await browser.sign_up()
    await service.deliver()
    await browser.post("/change-email", {"newEmail": new_address()})
    token = token_in(await service.link())
    stranger = await service.browser()
    await stranger.sign_up()
    response = await stranger.get("/verify-email", params={"token": token})
    assert (response.status_code, response.json()["code"]) == (401, "INVALID_USER")
    assert (
        await browser.get("/verify-email", params={"token": token})
    ).status_code == 200  # not used up by that


async def test_links_to_the_old_address_are_worthless_after_the_change(
    browser: Caller, service: PlatformService
) -> None:
    old, new = new_address(), new_address()
    await browser.sign_up(old)
    await service.deliver()
    await browser.post("/request-password-reset", {"email": old})
    reset = token_in(await service.link())
    await browser.post("/change-email", {"newEmail": new})
    await browser.get("/verify-email", params={"token": token_in(await service.link())})
    response = await browser.post(
        "/reset-password", {"newPassword": "quite another pass phrase", "token": reset}
    )
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_TOKEN")


async def test_a_change_that_waits_for_the_mail_server_is_never_that_of_the_addresss_next_owner(
    browser: Caller, service: PlatformService
) -> None:
    email, evil = new_address(), new_address()
    squatter = await service.browser()
    await squatter.sign_up(email)
    await squatter.post("/change-email", {"newEmail": evil})
    await squatter.post("/delete-user")
    await browser.sign_up(email)
    assert evil not in [mail["To"] for mail in await service.deliver()]


async def test_a_change_that_another_one_overtook_is_not_asked_about_any_more(
    browser: Caller, service: PlatformService
) -> None:
    first, second = new_address(), new_address()
    await browser.sign_up()
    await service.deliver()
    await browser.post("/change-email", {"newEmail": first})
    token = token_in(await service.link())
    await browser.post("/change-email", {"newEmail": second})
    await browser.get("/verify-email", params={"token": token})
    assert second not in [mail["To"] for mail in await service.deliver()]


async def test_changing_an_address_needs_a_fresh_session_or_the_password(
    browser: Caller, service: PlatformService
) -> None:
    await browser.sign_up()
    await service.deliver()
    service.rows("UPDATE platform.session SET authenticated_at = now() - interval '25 hours'")
    stale = await browser.post("/change-email", {"newEmail": new_address()})
    assert (stale.status_code, stale.json()["code"]) == (403, "SESSION_NOT_FRESH")
    wrong = await browser.post(
        "/change-email", {"newEmail": new_address(), "password": "wrong, and long enough"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_PASSWORD")
    right = await browser.post("/change-email", {"newEmail": new_address(), "password": PASSWORD})
    assert right.status_code == 200
    assert len(await service.deliver()) == 1


async def test_the_same_address_is_no_change(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await browser.post("/change-email", {"newEmail": email})
    assert (response.status_code, response.json()["message"]) == (400, "Email is the same")
