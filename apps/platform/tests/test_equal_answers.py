"""Neither the time nor the work of an answer tells whether an address is somebody's."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import pytest
from platform_service import PASSWORD, PlatformService, new_address
from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from platform_service import Start

pytestmark = pytest.mark.anyio

TRIES = 200
MOST_TRIES = 2000
TOLERANCE = 0.05
BEYOND_NOISE = 0.5
WRONG = "not the right password at all"


async def difference(service: PlatformService, attempt: Callable[[bool], Awaitable[int]]) -> float:
    """Give by which part the medians for known and unknown addresses differ, over 200 tries of each at least.

    Tries of both kinds alternate, so that a busy machine slows both alike; and where noise still hides the answer,
    more tries are taken: a real difference does not go away with them, noise does.
    """
    times: dict[bool, list[float]] = {True: [], False: []}
    codes: set[int] = set()
    medians = 1.0, 2.0
    while len(times[True]) < MOST_TRIES:
        for known in (True, False) if len(times[True]) % 2 else (False, True):
            async with service.application.database.connection() as connection:
                await connection.execute("DELETE FROM platform.throttle")
            started = time.perf_counter()
            codes.add(await attempt(known))
            times[known].append(time.perf_counter() - started)
        if len(times[True]) >= TRIES and len(times[True]) % 50 == 0:
            medians = median(times[True]), median(times[False])
            found = max(medians) / min(medians) - 1
            if found <= TOLERANCE or found > BEYOND_NOISE:
                break
    assert len(codes) == 1
    return max(medians) / min(medians) - 1


class Work:
    """The statements and hashes of a request, in their order."""

    def __init__(self, service: PlatformService, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        engine = service.application.database._engine.sync_engine  # noqa: SLF001  # to see what it is asked
        event.listen(engine, "before_cursor_execute", lambda *seen: self.done.append(str(seen[2])))
        hasher = service.application.hasher
        for name in ("hash", "verify"):
            self._watch(monkeypatch, hasher, name)
        for name in ("fetch_one", "connection"):
            self._watch(monkeypatch, service.application.database, name)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: object, **options: object) -> object:
            self.done.append(name)
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    def taken(self) -> list[str]:
        done, self.done = self.done, []
        return done


async def test_a_sign_in_takes_as_long_for_an_unknown_address(service: PlatformService) -> None:
    known, unknown = new_address(), new_address()
    stranger = await service.program()
    await stranger.sign_up(known)

    async def attempt(is_known: bool) -> int:  # noqa: FBT001  # the one question
        return (await stranger.sign_in(known if is_known else unknown, WRONG)).status_code

    assert await difference(service, attempt) <= TOLERANCE


async def test_a_reset_takes_as_long_for_an_unknown_address(service: PlatformService) -> None:
    known, unknown = new_address(), new_address()
    stranger = await service.program()
    await stranger.sign_up(known)

    async def attempt(is_known: bool) -> int:  # noqa: FBT001  # the one question
        email = known if is_known else unknown
        return (await stranger.post("/request-password-reset", {"email": email})).status_code

    assert await difference(service, attempt) <= TOLERANCE


async def test_where_addresses_are_verified_first_a_sign_up_takes_as_long_for_a_taken_one(
    start: Start,
) -> None:
    service = await start(require_email_verification=True)
    known = new_address()
    stranger = await service.program()
    await stranger.sign_up(known)

    async def attempt(is_known: bool) -> int:  # noqa: FBT001  # the one question
        email = known if is_known else new_address()
        body = {"name": "Ann", "email": email, "password": PASSWORD}
        return (await stranger.post("/sign-up/email", body)).status_code

    assert await difference(service, attempt) <= TOLERANCE


async def test_a_sign_in_does_the_same_work_for_an_unknown_address(
    service: PlatformService, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = new_address(), new_address()
    stranger = await service.program()
    await stranger.sign_up(known)
    work = Work(service, monkeypatch)
    await stranger.sign_in(known, WRONG)
    for_known = work.taken()
    await stranger.sign_in(unknown, WRONG)
    assert for_known == work.taken()
    assert "verify" in for_known


async def test_a_sign_in_that_is_refused_unseen_does_the_same_work_for_an_unknown_address(
    service: PlatformService, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = new_address(), new_address()
    await (await service.program("203.0.113.5")).sign_up(known)
    stranger = await service.program()
    for email in (known, unknown):
        for _ in range(11):
            await stranger.sign_in(email, WRONG)
    work = Work(service, monkeypatch)
    found = []
    for email in (known, unknown):
        assert (await stranger.sign_in(email, WRONG)).status_code == 429
        found.append(work.taken())
    assert found[0] == found[1]


async def test_a_request_for_a_mail_does_the_same_work_for_an_unknown_address(
    service: PlatformService, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown = new_address(), new_address()
    stranger = await service.program()
    await stranger.sign_up(known)
    work = Work(service, monkeypatch)
    for path in ("/request-password-reset", "/send-verification-email"):
        await stranger.post(path, {"email": known})
        for_known = work.taken()
        await stranger.post(path, {"email": unknown})
        assert for_known == work.taken()
        assert any("platform.outbox" in statement for statement in for_known)


async def test_where_addresses_are_verified_first_a_sign_up_takes_as_many_steps_for_a_taken_one(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = await start(require_email_verification=True)
    known = new_address()
    stranger = await service.program()
    await stranger.sign_up(known)
    work = Work(service, monkeypatch)
    await stranger.sign_up(known)
    for_known = work.taken()
    await stranger.sign_up(new_address())
    for_new = work.taken()
    assert [step.split(" ", 2)[:2] for step in for_known] == [step.split(" ", 2)[:2] for step in for_new]
    assert "hash" in for_known
