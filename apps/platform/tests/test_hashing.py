"""Hashing passwords."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from platform_app.hashing import Argon2Parameters, HashingBusy, PasswordHasher

pytestmark = pytest.mark.anyio

CHEAP = Argon2Parameters(memory=19456, time=2)
PASSWORD = "correct horse battery staple"
MADE_BY_BETTER_AUTH = (  # hashPassword() of better-auth 1.7.6 over PASSWORD
    "f0cdec78b2cf9ad5bf8839f70199e6c4:8af3f8f771cc0772ca70aab8b07f05dd238b2998f1a3a08fc5e77ec2b319f4d6"
    "853afd80264ec9d2972dd6b1746906b26ba51a329988b117a25856c8f71ae5bb"
)


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    hasher = PasswordHasher(CHEAP, threads=2, waiting=2)
    yield hasher
    hasher.close()


@pytest.mark.parametrize(("memory", "time"), [(47103, 1), (19455, 2), (12287, 3), (12287, 9), (65536, 0)])
def test_parameters_below_asvs_are_refused(memory: int, time: int) -> None:
    with pytest.raises(ValueError, match="ASVS"):
        Argon2Parameters(memory=memory, time=time)


def test_the_default_parameters_meet_asvs() -> None:
    assert Argon2Parameters().memory >= 12288
    assert Argon2Parameters().time >= 3


async def test_a_hash_is_argon2id_with_the_given_parameters(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await hasher.verify(PASSWORD, stored)).valid
    assert not (await hasher.verify(PASSWORD + "x", stored)).valid


async def test_a_password_of_many_bytes_is_not_cut(hasher: PasswordHasher) -> None:
    long = "字" * 127
    stored = await hasher.hash(long + "a")
    assert not (await hasher.verify(long + "b", stored)).valid


async def test_a_nul_ends_nothing(hasher: PasswordHasher) -> None:
    stored = await hasher.hash("one\0two")
    assert not (await hasher.verify("one\0three", stored)).valid


async def test_without_a_stored_hash_no_password_is_right(hasher: PasswordHasher) -> None:
    assert not (await hasher.verify("nobody's password", None)).valid
    assert not (await hasher.verify(PASSWORD, "")).valid
    assert not (await hasher.verify(PASSWORD, "not a hash")).valid


async def test_a_better_auth_hash_verifies_and_is_replaced(hasher: PasswordHasher) -> None:
    verdict = await hasher.verify(PASSWORD, MADE_BY_BETTER_AUTH)
    assert verdict.valid
    assert verdict.replacement is not None
    assert verdict.replacement.startswith("$argon2id$")
    assert (await hasher.verify(PASSWORD, verdict.replacement)).replacement is None


async def test_a_wrong_password_replaces_no_better_auth_hash(hasher: PasswordHasher) -> None:
    wrong = await hasher.verify("wrong", MADE_BY_BETTER_AUTH)
    assert (wrong.valid, wrong.replacement) == (False, None)


async def test_a_hash_with_other_parameters_verifies_and_is_replaced(hasher: PasswordHasher) -> None:
    other = PasswordHasher(Argon2Parameters(memory=20480, time=2), threads=1)
    verdict = await hasher.verify(PASSWORD, await other.hash(PASSWORD))
    other.close()
    assert verdict.valid
    assert "m=19456" in (verdict.replacement or "")


async def test_hashing_leaves_the_event_loop_free(hasher: PasswordHasher) -> None:
    work = await hasher.run(threading.get_ident)
    assert work != threading.get_ident()


async def test_a_burst_beyond_the_queue_is_told_to_come_back(hasher: PasswordHasher) -> None:
    results = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(8)), return_exceptions=True)
    busy = [result for result in results if isinstance(result, HashingBusy)]
    assert len(busy) == 4  # two threads and two that wait
    assert busy[0].status == 503
    assert busy[0].headers["Retry-After"]
    assert await hasher.hash(PASSWORD)
