"""Guessing is slowed down, and nobody is locked out by a stranger."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from platform_service import PASSWORD, Caller, PlatformService, new_address

from platform_app.throttling.blocks import neighbourhood, own_block
from platform_app.throttling.service import account_key

if TYPE_CHECKING:
    from platform_service import Start

pytestmark = pytest.mark.anyio

WRONG = "not the right password at all"


async def fail(caller: Caller, email: str, times: int) -> list[int]:
    return [(await caller.sign_in(email, WRONG)).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("address", "own", "around"),
    [
        ("192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
    ],
)
def test_addresses_count_by_the_block_a_subscriber_chooses_from(address: str, own: str, around: str) -> None:
    parsed = ip_address(address)
    assert (own_block(parsed), neighbourhood(parsed)) == (own, around)


async def test_an_address_is_refused_after_its_share_and_told_when_to_come_back(start: Start) -> None:
    service = await start(attempts_per_minute=5)
    guesser = await service.browser()
    tried = [await guesser.sign_in(new_address(), WRONG) for _ in range(6)]
    assert [response.status_code for response in tried] == [401] * 5 + [429]
    assert tried[-1].json()["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(tried[-1].headers["retry-after"]) <= 60
    assert (await (await service.browser("198.51.100.9")).sign_in(new_address(), WRONG)).status_code == 401


async def test_an_ipv6_subscriber_has_one_share_for_all_of_a_64(start: Start) -> None:
    service = await start(attempts_per_minute=2)
    found = [
        (await (await service.browser(f"2001:db8::{host:x}")).sign_in(new_address(), WRONG)).status_code
        for host in (1, 2, 3)
    ]
    assert found == [401, 401, 429]


async def test_a_neighbourhood_has_four_shares(start: Start) -> None:
    service = await start(attempts_per_minute=1)
    found = [
        (await (await service.browser(f"192.0.2.{host}")).sign_in(new_address(), WRONG)).status_code
        for host in range(1, 7)
    ]
    assert found == [401] * 4 + [429] * 2


async def test_the_share_returns_with_the_next_minute_but_not_with_the_hours(start: Start) -> None:
    service = await start(attempts_per_minute=1)
    guesser = await service.browser()
    assert await fail(guesser, new_address(), 2) == [401, 429]
    service.rows("UPDATE platform.throttle SET window_started_at = now() - interval '61 seconds'")
    assert await fail(guesser, new_address(), 2) == [401, 429]
    service.rows("UPDATE platform.throttle SET hits = 10 WHERE scope = 'sign-in:address-hour/3600'")
    service.rows("UPDATE platform.throttle SET window_started_at = now() - interval '61 seconds'")
    response = await guesser.sign_in(new_address(), WRONG)
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 60


async def test_a_forged_forwarded_for_evades_nothing(start: Start) -> None:
    service = await start(attempts_per_minute=2)
    guesser = await service.browser()
    found = [
        (
            await guesser.post(
                "/sign-in/email",
                {"email": new_address(), "password": WRONG},
                headers={
                    "x-forwarded-for": f"203.0.113.{host}",
                    "forwarded": f"for=203.0.113.{host}",
                    "x-real-ip": f"203.0.113.{host}",
                },
            )
        ).status_code
        for host in range(4)
    ]
    assert found == [401, 401, 429, 429]


async def test_behind_our_own_proxy_the_forwarded_address_counts(start: Start) -> None:
    service = await start(attempts_per_minute=1, trusted_proxies=("10.0.0.0/8",))
    proxy = await service.browser("10.0.0.1")

    async def through(address: str) -> int:
        body = {"email": new_address(), "password": WRONG}
        response = await proxy.post("/sign-in/email", body, headers={"x-forwarded-for": address})
        code: int = response.status_code
        return code

    assert [await through("203.0.113.1"), await through("203.0.113.1"), await through("198.51.100.1")] == [
        401,
        429,
        401,
    ]
    # what the client itself wrote stands left of what our proxy saw
    assert await through("192.0.2.99, 203.0.113.1") == 429


async def test_counters_are_shared_by_processes_and_outlive_them(start: Start) -> None:
    first, second = await start(attempts_per_minute=2), await start(attempts_per_minute=2)
    found = [await fail(await each.browser(), new_address(), 1) for each in (first, second, first)]
    assert found == [[401], [401], [429]]
    third = await start(attempts_per_minute=2)
    assert await fail(await third.browser(), new_address(), 1) == [429]


async def test_an_accounts_failures_slow_everybody_down_who_is_not_known(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    found = []
    for host in range(12):  # a new address each time
        found += await fail(await service.browser(f"198.51.{host}.1"), email, 1)
    assert found == [401] * 11 + [429]
    response = await (await service.browser("203.0.113.5")).sign_in(email)
    assert response.status_code == 429  # the right password, too: else the answer would tell
    assert int(response.headers["retry-after"]) >= 1


async def test_an_unknown_address_is_throttled_like_a_known_one(service: PlatformService) -> None:
    email = new_address()
    found = []
    for host in range(12):
        found += await fail(await service.browser(f"198.51.{host}.1"), email, 1)
    assert found == [401] * 11 + [429]


async def test_strangers_cannot_lock_the_owner_out(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    for host in range(30):
        await fail(await service.browser(f"198.51.{host}.1"), email, 1)
    at_home = await service.browser("192.0.2.200")  # the neighbourhood the owner signed up from
    assert (await at_home.sign_in(email)).status_code == 200


async def test_the_wait_doubles_and_a_hundred_failures_close_the_strangers_way(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    stranger = await service.browser("198.51.100.1")
    await fail(stranger, email, 11)
    waits = []
    for _ in range(5):
        response = await stranger.sign_in(email, WRONG)
        waits.append(int(response.headers["retry-after"]))
        service.rows("UPDATE platform.throttle SET blocked_until = now() WHERE scope = 'sign-in'")
        await fail(stranger, email, 1)
    # what is left of each wait when it is told: a busy machine may have used some of it
    assert all(full / 2 < wait <= full for wait, full in zip(waits, (30, 60, 120, 240, 480), strict=True)), (
        waits
    )
    service.rows("UPDATE platform.throttle SET failures = 100, blocked_until = NULL WHERE scope = 'sign-in'")
    assert (await stranger.sign_in(email)).status_code == 429
    assert (await browser.sign_in(email)).status_code == 200  # the owner, at home
    assert (await stranger.sign_in(email, WRONG)).status_code == 401  # after a success counting begins anew


async def test_a_known_place_has_a_limit_of_its_own(browser: Caller) -> None:
    email = new_address()
    await browser.sign_up(email)
    # eleven as everybody's, eleven as the place's
    assert await fail(browser, email, 23) == [401] * 22 + [429]


async def test_a_success_forgets_the_failures(browser: Caller, service: PlatformService) -> None:
    email = new_address()
    await browser.sign_up(email)
    for _ in range(3):
        assert await fail(browser, email, 9) == [401] * 9
        assert (await browser.sign_in(email)).status_code == 200
    assert service.rows("SELECT 1 FROM platform.throttle WHERE subject = %s", account_key(email)) == []


async def test_parallel_guesses_are_counted_before_they_are_answered(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    guessers = [await service.browser(f"198.51.{host}.1") for host in range(40)]
    answers = await asyncio.gather(*(guesser.sign_in(email, WRONG) for guesser in guessers))
    codes = [answer.status_code for answer in answers]
    assert (codes.count(401), codes.count(429)) == (11, 29)


async def test_a_stolen_session_is_no_place_to_guess_the_password_from(browser: Caller) -> None:
    await browser.sign_up()
    body = {"currentPassword": WRONG, "newPassword": "seven quiet lanterns drifting"}
    codes = [(await browser.post("/change-password", body)).status_code for _ in range(23)]
    assert set(codes[:11]) == {400}
    assert codes[-1] == 429


async def test_sign_ups_of_an_address_are_limited(start: Start) -> None:
    service = await start(attempts_per_minute=2)
    program = await service.program()
    codes = [
        (
            await program.post(
                "/sign-up/email", {"name": "Ann", "email": new_address(), "password": PASSWORD}
            )
        ).status_code
        for _ in range(3)
    ]
    assert codes == [200, 200, 429]


async def test_reading_a_session_is_not_throttled(start: Start) -> None:
    service = await start(attempts_per_minute=1)
    browser = await service.browser()
    await browser.sign_up()
    assert all([(await browser.get("/get-session")).status_code == 200 for _ in range(50)])


async def test_a_try_that_nobody_had_time_to_look_at_does_not_count(
    browser: Caller, service: PlatformService, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = new_address()
    await browser.sign_up(email)
    abroad = await service.browser("203.0.113.5")
    with monkeypatch.context() as busy:
        busy.setattr(service.application.hasher, "_most", 0)
        answers = [await abroad.sign_in(email) for _ in range(15)]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "5")}
    assert (await abroad.sign_in(email)).status_code == 200


async def test_resets_that_a_stranger_asks_for_keep_no_verification_mail_from_who_signs_up(
    start: Start,
) -> None:
    service = await start(require_email_verification=True)
    email = new_address()
    stranger, owner = await service.browser("198.51.100.1"), await service.browser()
    for path in ("/request-password-reset", "/send-verification-email"):
        for _ in range(5):
            await stranger.post(path, {"email": email})
    assert await service.deliver() == []
    await owner.sign_up(email)
    assert [mail["To"] for mail in await service.deliver()] == [email]


async def test_verification_mails_that_a_stranger_asks_for_keep_no_reset_from_the_owner(
    browser: Caller, service: PlatformService
) -> None:
    email = new_address()
    await browser.sign_up(email)
    service.rows('UPDATE platform."user" SET email_verified = true')
    await service.deliver()
    stranger = await service.browser("198.51.100.1")
    for _ in range(5):
        await stranger.post("/send-verification-email", {"email": email})
    assert await service.deliver() == []
    await browser.post("/request-password-reset", {"email": email})
    assert [mail["To"] for mail in await service.deliver()] == [email]


async def test_a_right_password_is_no_failure_even_where_it_opens_nothing(start: Start) -> None:
    service = await start(require_email_verification=True)
    browser = await service.browser()
    email = new_address()
    await browser.sign_up(email)
    codes = [(await browser.sign_in(email)).status_code for _ in range(15)]
    assert set(codes) == {403}
