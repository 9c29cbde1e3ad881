"""POST /sign-up/email."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from platform_service import PASSWORD, Caller, Json, PlatformService, new_address

if TYPE_CHECKING:
    from platform_service import Start

pytestmark = pytest.mark.anyio


async def test_signing_up_makes_a_user_and_begins_a_session(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    answer = await browser.sign_up(
        email.upper().replace("@EXAMPLE.COM", "@Example.com"), image="https://x.test/a.png"
    )
    assert answer["user"] | {"id": "", "createdAt": "", "updatedAt": ""} == {
        "id": "",
        "name": "Ann",
        "email": email,
        "emailVerified": False,
        "image": "https://x.test/a.png",
        "createdAt": "",
        "updatedAt": "",
    }
    session = await browser.session()
    assert session is not None
    assert session["user"] == answer["user"]
    (event,) = service.events("sign-up")
    assert (str(event["user_id"]), event["outcome"]) == (answer["user"]["id"], "success")
    assert str(event["ip_address"]) == "192.0.2.7"


async def test_moments_are_written_as_javascript_writes_them(browser: Caller) -> None:
    answer = await browser.sign_up()
    assert len(answer["user"]["createdAt"]) == len("2026-11-21T11:48:30.868Z")
    assert answer["user"]["createdAt"].endswith("Z")


async def test_a_taken_address_is_told_whatever_its_case(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    response = await (await service.browser()).post(
        "/sign-up/email", {"name": "Eve", "email": email, "password": PASSWORD}
    )
    assert response.status_code == 422
    assert response.json()["code"] == "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"
    assert response.json()["message"] == "User already exists. Use another email."
    assert [event["outcome"] for event in service.events("sign-up")] == ["success", "failure"]


INVALID: list[tuple[dict[str, Json], str]] = [
    ({"password": "hunter22"}, "PASSWORD_TOO_SHORT"),
    ({"password": "x" * 129}, "PASSWORD_TOO_LONG"),
    ({"password": "e" + "\u0301" * 5000}, "PASSWORD_TOO_LONG"),
    ({"password": "passwordstandard"}, "PASSWORD_TOO_COMMON"),
    ({"password": "tradepost tradepost"}, "PASSWORD_TOO_PREDICTABLE"),
    ({"password": "zoe.walker@example.com"}, "PASSWORD_TOO_PREDICTABLE"),
    ({"password": ""}, "VALIDATION_ERROR"),
    ({"password": 123456789012345}, "VALIDATION_ERROR"),
    ({"password": None}, "VALIDATION_ERROR"),
    ({"email": "nope"}, "VALIDATION_ERROR"),
    ({"email": "a@b@example.com"}, "VALIDATION_ERROR"),
    ({"email": "zoe@example.com\r\nBcc: eve@example.com"}, "VALIDATION_ERROR"),
    ({"email": '"zoe"@example.com'}, "VALIDATION_ERROR"),
    ({"email": "zoë@example.com"}, "VALIDATION_ERROR"),
    ({"email": "z" * 250 + "@example.com"}, "VALIDATION_ERROR"),
    ({"name": None}, "VALIDATION_ERROR"),
    ({"name": "x" * 201}, "VALIDATION_ERROR"),
    ({"name": "Zoe\r\nBcc: eve@example.com"}, "VALIDATION_ERROR"),
    ({"rememberMe": "yes"}, "VALIDATION_ERROR"),
    ({"image": 3}, "VALIDATION_ERROR"),
]


async def test_what_is_not_valid_is_refused_and_nothing_is_made(
    program: Caller, service: PlatformService
) -> None:
    for body, code in INVALID:
        whole = {"name": "Zoe", "email": "zoe.walker@example.com", "password": PASSWORD, **body}
        response = await program.post("/sign-up/email", whole)
        assert (response.status_code, response.json()["code"]) == (400, code), body
        secret = body.get("password")
        assert not secret or str(secret) not in response.text
    assert service.rows('SELECT id FROM platform."user"') == []


async def test_nobody_can_give_themselves_a_role_or_a_verified_address(
    program: Caller, service: PlatformService
) -> None:
    answer = await program.sign_up(role="admin", emailVerified=True, id="0" * 32, banned_at=None)
    (row,) = service.rows('SELECT role, email_verified, id::text FROM platform."user"')
    assert (row["role"], row["email_verified"]) == ("user", False)
    assert row["id"] == answer["user"]["id"]


async def test_the_password_is_kept_as_an_argon2id_hash_only(
    program: Caller, service: PlatformService
) -> None:
    await program.sign_up()
    (row,) = service.rows("SELECT * FROM platform.account")
    assert row["password"].startswith("$argon2id$")
    assert (row["provider_id"], row["issuer"], row["account_id"]) == (
        "credential",
        "local:credential",
        str(row["user_id"]),
    )


async def test_where_addresses_are_verified_first_a_taken_one_gets_the_answer_of_a_free_one(
    start: Start,
) -> None:
    service = await start(require_email_verification=True)
    email = new_address()
    first, second = await service.browser(), await service.browser()
    new = await first.post("/sign-up/email", {"name": "Ann", "email": email, "password": PASSWORD})
    taken = await second.post("/sign-up/email", {"name": "Ann", "email": email, "password": PASSWORD})
    assert (new.status_code, taken.status_code) == (200, 200)
    assert new.json()["token"] is taken.json()["token"] is None
    changing = {"id": "", "createdAt": "", "updatedAt": ""}
    assert new.json()["user"] | changing == taken.json()["user"] | changing
    assert new.json()["user"]["id"] != taken.json()["user"]["id"]
    assert set(new.headers) == set(taken.headers)
    assert first.cookie is second.cookie is None
    assert len(service.rows('SELECT id FROM platform."user"')) == 1
    assert len(service.rows("SELECT id FROM platform.outbox")) == 2


async def test_a_crowd_that_signs_up_at_once_does_not_wait_for_itself(start: Start) -> None:
    service = await start(require_email_verification=True, database_pool_size=2)
    callers = [await service.browser() for _ in range(12)]
    answers = await asyncio.gather(
        *(
            caller.post("/sign-up/email", {"name": "Ann", "email": new_address(), "password": PASSWORD})
            for caller in callers
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 12
