"""POST /change-password, /request-password-reset, /reset-password; GET /reset-password/{token}."""

from __future__ import annotations

import asyncio

import pytest
from platform_service import OTHER_PASSWORD, PASSWORD, Caller, PlatformService, new_address, part, token_in

pytestmark = pytest.mark.anyio

CHANGE = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}


async def ask_for_reset(service: PlatformService, email: str, redirect_to: str = "/reset") -> str:
    """The secret of a reset mail."""
    response = await (await service.browser()).post(
        "/request-password-reset", {"email": email, "redirectTo": redirect_to}
    )
    assert response.status_code == 200
    return token_in(await service.link())


@pytest.fixture
async def email(browser: Caller, service: PlatformService) -> str:
    """The address of a user who is signed in with `browser`, and has no mail waiting."""
    address = new_address()
    await browser.sign_up(address)
    await service.deliver()
    return address


async def test_a_changed_password_is_the_only_one_that_works(browser: Caller, email: str) -> None:
    response = await browser.post("/change-password", CHANGE)
    assert response.status_code == 200
    assert response.json()["token"] is None
    assert response.json()["user"]["email"] == email
    assert (await browser.sign_in(email, PASSWORD)).status_code == 401
    assert (await browser.sign_in(email, OTHER_PASSWORD)).status_code == 200


async def test_a_changed_password_ends_the_other_sessions_and_is_told_by_mail(
    browser: Caller, service: PlatformService, email: str
) -> None:
    other = await service.browser()
    await other.sign_in(email)
    await browser.post("/change-password", CHANGE)
    assert await other.session() is None
    assert await browser.session() is not None
    (mail,) = await service.deliver()
    assert mail["To"] == email
    assert "password" in mail["Subject"]
    assert service.events("password.change")[0]["outcome"] == "success"


async def test_with_revoke_other_sessions_the_current_one_is_replaced_too(
    browser: Caller, service: PlatformService, email: str
) -> None:
    before = browser.cookie
    response = await browser.post("/change-password", {**CHANGE, "revokeOtherSessions": True})
    found = await browser.session()
    assert found is not None
    assert found["user"]["email"] == email
    assert response.json()["token"] == found["session"]["id"]
    assert browser.cookie != before
    assert await (await service.program(token=before)).session() is None


async def test_a_wrong_current_password_changes_nothing(
    browser: Caller, service: PlatformService, email: str
) -> None:
    response = await browser.post("/change-password", {**CHANGE, "currentPassword": OTHER_PASSWORD})
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_PASSWORD")
    assert (await browser.sign_in(email)).status_code == 200
    assert service.events("password.change")[0]["reason"] == "INVALID_PASSWORD"


async def test_a_new_password_must_meet_the_rules(browser: Caller, email: str) -> None:
    bad = {
        "hunter22": "PASSWORD_TOO_SHORT",
        "passwordstandard": "PASSWORD_TOO_COMMON",
        email: "PASSWORD_TOO_PREDICTABLE",
    }
    for password, code in bad.items():
        response = await browser.post("/change-password", {**CHANGE, "newPassword": password})
        assert (response.status_code, response.json()["code"]) == (400, code)


async def test_a_reset_by_mail_sets_the_password_and_ends_every_session(
    browser: Caller, service: PlatformService, email: str
) -> None:
    token = await ask_for_reset(service, email)
    response = await (await service.browser()).post(
        "/reset-password", {"newPassword": OTHER_PASSWORD, "token": token}
    )
    assert (response.status_code, response.json()) == (200, {"status": True})
    assert await browser.session() is None
    assert (await browser.sign_in(email, PASSWORD)).status_code == 401
    assert (await browser.sign_in(email, OTHER_PASSWORD)).status_code == 200
    (notice,) = await service.deliver()
    assert notice["To"] == email
    assert service.events("password.reset")[0]["outcome"] == "success"


async def test_a_known_and_an_unknown_address_get_the_same_answer_and_the_same_work(
    service: PlatformService, email: str
) -> None:
    stranger = await service.browser()
    known = await stranger.post("/request-password-reset", {"email": email})
    unknown = await stranger.post("/request-password-reset", {"email": new_address()})
    assert known.status_code == unknown.status_code == 200
    assert (
        known.json()
        == unknown.json()
        == {
            "status": True,
            "message": "If this email exists in our system, check your email for the reset link",
        }
    )
    assert set(known.headers) == set(unknown.headers)
    waiting = service.rows("SELECT template, status FROM platform.outbox WHERE status = 'pending'")
    assert len(waiting) == 2
    assert [mail["To"] for mail in await service.deliver()] == [email]
    assert service.rows("SELECT 1 FROM platform.outbox WHERE status = 'pending'") == []


async def test_a_secret_works_once(service: PlatformService, email: str) -> None:
    token = await ask_for_reset(service, email)
    stranger = await service.browser()
    body = {"newPassword": OTHER_PASSWORD, "token": token}
    codes = [(await stranger.post("/reset-password", body)).status_code for _ in range(2)]
    assert codes == [200, 400]


async def test_fifty_uses_at_once_are_one(service: PlatformService, email: str) -> None:
    token = await ask_for_reset(service, email)
    callers = [await service.browser() for _ in range(50)]
    passwords = [f"{OTHER_PASSWORD} {number}" for number in range(50)]
    answers = await asyncio.gather(
        *(
            caller.post("/reset-password", {"newPassword": password, "token": token})
            for caller, password in zip(callers, passwords, strict=True)
        )
    )
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(400)) == (1, 49)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 400} == {"INVALID_TOKEN"}
    winner = passwords[codes.index(200)]
    assert (await callers[0].sign_in(email, winner)).status_code == 200
    assert len(service.events("password.reset")) == 1


async def test_a_reset_ends_the_users_other_links(service: PlatformService, email: str) -> None:
    first, second = await ask_for_reset(service, email), await ask_for_reset(service, email)
    assert first != second
    stranger = await service.browser()
    await stranger.post("/reset-password", {"newPassword": OTHER_PASSWORD, "token": second})
    response = await stranger.post("/reset-password", {"newPassword": PASSWORD, "token": first})
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_TOKEN")


async def test_a_secret_is_too_old_after_an_hour(service: PlatformService, email: str) -> None:
    token = await ask_for_reset(service, email)
    (row,) = service.rows(
        "SELECT expires_at - created_at AS lifetime FROM platform.verification WHERE purpose = 'password-reset'"
    )
    assert row["lifetime"].total_seconds() == 3600
    service.rows("UPDATE platform.verification SET expires_at = now() - interval '1 second'")
    response = await (await service.browser()).post(
        "/reset-password", {"newPassword": OTHER_PASSWORD, "token": token}
    )
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_TOKEN")


async def test_no_other_secret_resets_a_password(
    service: PlatformService, browser: Caller, email: str
) -> None:
    await browser.post("/send-verification-email", {"email": email})
    verification = token_in(await service.link())
    for token in (verification, browser.cookie, "", None, "x", "\x00", "💥" * 100):
        response = await (await service.browser()).post(
            "/reset-password", {"newPassword": OTHER_PASSWORD, "token": token}
        )
        assert response.status_code == 400, token
    assert (await browser.sign_in(email)).status_code == 200


async def test_a_refused_password_leaves_the_link_good(service: PlatformService, email: str) -> None:
    token = await ask_for_reset(service, email)
    stranger = await service.browser()
    for password, code in {"hunter22": "PASSWORD_TOO_SHORT", f"{email}": "PASSWORD_TOO_PREDICTABLE"}.items():
        refused = await stranger.post("/reset-password", {"newPassword": password, "token": token})
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    response = await stranger.post(f"/reset-password?token={token}", {"newPassword": OTHER_PASSWORD})
    assert response.status_code == 200


async def test_the_link_in_the_mail_leads_to_the_page_with_the_secret(
    service: PlatformService, email: str
) -> None:
    await (await service.browser()).post(
        "/request-password-reset", {"email": email, "redirectTo": "/reset?a=1"}
    )
    link = await service.link()
    reader = await service.browser()
    for _ in range(2):  # looking at it does not use it up
        response = await reader.get(link)
        assert response.status_code == 302
        assert response.headers["location"] == f"http://platform.test/reset?a=1&token={token_in(link)}"
    bad = await reader.get("/reset-password/bad", params={"callbackURL": "/reset"})
    assert bad.headers["location"] == "http://platform.test/reset?error=INVALID_TOKEN"


async def test_a_reset_opens_the_owners_way_that_strangers_closed(
    service: PlatformService, email: str
) -> None:
    for host in range(14):
        await (await service.browser(f"198.51.{host}.1")).sign_in(email, "wrong password, once again")
    abroad = await service.browser("203.0.113.77")
    assert (await abroad.sign_in(email)).status_code == 429
    token = await ask_for_reset(service, email)
    await abroad.post("/reset-password", {"newPassword": OTHER_PASSWORD, "token": token})
    for host in range(14):
        await (await service.browser(f"198.51.{host}.1")).sign_in(email, "wrong password, once again")
    assert (await abroad.sign_in(email, OTHER_PASSWORD)).status_code == 200  # a known place now


async def test_more_mails_than_a_person_needs_are_not_sent_and_the_answer_does_not_tell(
    service: PlatformService, email: str
) -> None:
    stranger = await service.browser()
    answers = [await stranger.post("/request-password-reset", {"email": email}) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await service.deliver()) == 3


async def test_a_mail_says_nothing_that_a_stranger_wrote(service: PlatformService) -> None:
    browser = await service.browser()
    email = new_address()
    await browser.sign_up(email, name="Win a prize at http://evil.test")
    await browser.post("/request-password-reset", {"email": email})
    mails = await service.deliver()
    assert len(mails) == 2
    for mail in mails:
        assert "evil" not in mail.as_string()
        assert "evil" not in part(mail, "html")
