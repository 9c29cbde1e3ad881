from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from toy_service import session, toy_service, toy_settings, user

from servicekit.auth import SessionReader, session_cookie_name, token_hash
from servicekit.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

pytestmark = pytest.mark.anyio


def sign_in(
    url: str, *, role: str = "user", idle: str = "1 day", absolute: str = "1 day", banned: bool = False
) -> str:
    token = secrets.token_urlsafe(32)
    with psycopg.connect(url) as connection:
        row = connection.execute(
            """INSERT INTO toy."user" (name, role, banned_at)
               VALUES ('Ada', %s, CASE WHEN %s THEN now() END) RETURNING id""",
            (role, banned),
        ).fetchone()
        assert row is not None
        connection.execute(
            """INSERT INTO toy.session (user_id, token_hash, expires_at, absolute_expires_at)
               VALUES (%s, %s, now() + %s::interval, now() + %s::interval)""",
            (row[0], token_hash(token), idle, absolute),
        )
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_bearer_token_says_who_is_asking(client: httpx.AsyncClient, toy_database: str) -> None:
    answer = await client.get("/me", headers=bearer(sign_in(toy_database)))
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.json())


async def test_a_cookie_says_who_is_asking(client: httpx.AsyncClient, toy_database: str) -> None:
    client.cookies.set("better-auth.session_token", sign_in(toy_database))
    assert (await client.get("/me")).status_code == 200


async def test_a_cookie_full_of_escapes_holds_nobody_up_and_hides_no_other(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    escapes = "\\\\" * 30_000
    cookies = f'a="{escapes}"; better-auth.session_token={sign_in(toy_database)}; b=1'
    began = time.process_time()
    answer = await client.get("/me", headers={"Cookie": cookies})
    assert answer.status_code == 200
    assert time.process_time() - began < 5  # milliseconds; in Python's own reading a quarter of a minute


async def test_the_bearer_token_wins_over_the_cookie(client: httpx.AsyncClient, toy_database: str) -> None:
    client.cookies.set("better-auth.session_token", sign_in(toy_database, role="admin"))
    answer = await client.get("/perhaps", headers=bearer(sign_in(toy_database, role="service")))
    assert answer.json() == "service"


async def test_over_https_only_the_cookie_with_the_host_prefix_counts(
    toy_database: str, serving: Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
) -> None:
    token = sign_in(toy_database)
    async with serving(toy_service(toy_settings(toy_database, public_url="https://testserver"))) as client:
        bare = await client.get("/me", headers={"Cookie": f"{session_cookie_name(https=False)}={token}"})
        prefixed = await client.get("/me", headers={"Cookie": f"__Host-better-auth.session_token={token}"})
    assert (bare.status_code, prefixed.status_code) == (401, 200)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer unknown"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer " + "x" * 257},
        {"Cookie": "better-auth.session_token="},
    ],
)
async def test_nobody_known_is_sent_to_sign_in(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert (answer.json()["code"], answer.json()["message"]) == ("UNAUTHORIZED", "Sign in first.")


@pytest.mark.parametrize(
    "ended",
    [{"idle": "-1 second"}, {"absolute": "-1 second"}, {"banned": True}],
    ids=["idle for too long", "too old", "banned"],
)
async def test_a_session_that_has_ended_is_nobody(
    client: httpx.AsyncClient, toy_database: str, ended: dict[str, object]
) -> None:
    token = sign_in(toy_database, **ended)  # type: ignore[arg-type]  # one keyword each
    assert (await client.get("/perhaps", headers=bearer(token))).json() is None


async def test_a_revoked_session_is_dead_at_the_next_request(
    client: httpx.AsyncClient, toy_database: str
) -> None:
    token = sign_in(toy_database)
    before = await client.get("/me", headers=bearer(token))
    with psycopg.connect(toy_database) as connection:
        connection.execute("DELETE FROM toy.session")
    after = await client.get("/me", headers=bearer(token))
    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_role_opens_what_is_kept_for_it(client: httpx.AsyncClient, toy_database: str) -> None:
    admin = await client.get("/admin", headers=bearer(sign_in(toy_database, role="admin")))
    ordinary = await client.get("/admin", headers=bearer(sign_in(toy_database)))
    nobody = await client.get("/admin")
    assert (admin.status_code, ordinary.status_code, nobody.status_code) == (200, 403, 401)


async def test_the_principal_carries_every_column_but_the_hash(toy_database: str) -> None:
    token = sign_in(toy_database)
    async with Database(toy_settings(toy_database), name="test") as database:
        principal = await SessionReader(session, user).read(database, token)
    assert principal is not None
    assert set(principal.user) == {"id", "name", "role", "banned_at"}
    assert set(principal.session) == {"id", "user_id", "expires_at", "absolute_expires_at"}
    assert principal.session["user_id"] == principal.user_id
