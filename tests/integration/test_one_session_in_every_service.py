"""Another service that asks `servicekit.auth` about the same sessions, as its own role."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
from migrated_database import migrated_copy, migrated_template
from platform_service import (
    ORIGIN,
    OTHER_PASSWORD,
    PASSWORD,
    Caller,
    PlatformService,
    new_address,
    running,
    token_in,
)
from pydantic import AnyHttpUrl, SecretStr
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid

from servicekit.auth import CurrentUser, SessionReader
from servicekit.health import NeededRevisions
from servicekit.routing import Router
from servicekit.service import build
from servicekit.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def service(migrated_copy: str) -> AsyncIterator[PlatformService]:
    async with running(migrated_copy) as started:
        yield started


@pytest.fixture
async def browser(service: PlatformService) -> Caller:
    return await service.browser()


__all__ = ["migrated_copy", "migrated_template"]

# as trading declares them: what it may read, and nothing else
METADATA = MetaData(schema="platform")
USER = Table(
    "user",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", Text),
    Column("role", Text),
    Column("banned_at", DateTime(timezone=True)),
)
SESSION = Table(
    "session",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid),
    Column("token_hash", LargeBinary),
    Column("expires_at", DateTime(timezone=True)),
    Column("absolute_expires_at", DateTime(timezone=True)),
)
ROUTER = Router()


@ROUTER.get("/whoami")
async def whoami(principal: CurrentUser) -> str:
    return str(principal.user_id)


@asynccontextmanager
async def other_service(url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = ServiceSettings(
        database_url=SecretStr(url), database_role="trading_runtime", public_url=AnyHttpUrl(ORIGIN)
    )
    app = build(
        settings,
        name="other",
        routers=[ROUTER],
        revisions=NeededRevisions("trading", "alembic_version", ()),
        sessions=SessionReader(SESSION, USER),
    )
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as client,
    ):
        yield client


async def sign_out(caller: Caller, service: PlatformService, email: str) -> None:
    del service, email
    await caller.post("/sign-out")


async def revoke(caller: Caller, service: PlatformService, email: str) -> None:
    other = await service.browser()
    await other.sign_in(email)
    found = await caller.session()
    assert found is not None
    await other.post("/revoke-session", {"token": found["session"]["id"]})


async def revoke_others(caller: Caller, service: PlatformService, email: str) -> None:
    del caller
    other = await service.browser()
    await other.sign_in(email)
    await other.post("/revoke-other-sessions")


async def change_password(caller: Caller, service: PlatformService, email: str) -> None:
    del caller
    other = await service.browser()
    await other.sign_in(email)
    await other.post("/change-password", {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD})


async def reset(caller: Caller, service: PlatformService, email: str) -> None:
    del caller
    other = await service.browser()
    await service.deliver()
    await other.post("/request-password-reset", {"email": email})
    token = token_in(await service.link())
    await other.post("/reset-password", {"newPassword": OTHER_PASSWORD, "token": token})


async def sign_in_again(caller: Caller, service: PlatformService, email: str) -> None:
    del service
    await caller.sign_in(email)


async def expire(caller: Caller, service: PlatformService, email: str) -> None:
    del caller, email
    service.rows("UPDATE platform.session SET expires_at = now() - interval '1 second'")


async def ban(caller: Caller, service: PlatformService, email: str) -> None:
    del caller, email
    service.rows('UPDATE platform."user" SET banned_at = now()')


async def delete(caller: Caller, service: PlatformService, email: str) -> None:
    del service, email
    await caller.post("/delete-user", {"password": PASSWORD})


@pytest.mark.parametrize(
    "end",
    [sign_out, revoke, revoke_others, change_password, reset, sign_in_again, expire, ban, delete],
    ids=lambda end: end.__name__,
)
async def test_a_session_that_ended_is_dead_in_every_service_at_the_next_request(
    browser: Caller,
    service: PlatformService,
    end: Callable[[Caller, PlatformService, str], Awaitable[None]],
) -> None:
    email = new_address()
    user = (await browser.sign_up(email))["user"]
    token = browser.cookie
    async with other_service(service.url) as client:
        by_cookie = {"cookie": f"better-auth.session_token={token}"}
        by_token = {"authorization": f"Bearer {token}"}
        for headers in (by_cookie, by_token):
            alive = await client.get("/whoami", headers=headers)
            assert (alive.status_code, alive.json()) == (200, user["id"])
        await end(browser, service, email)
        for headers in (by_cookie, by_token):
            assert (await client.get("/whoami", headers=headers)).status_code == 401


def as_trading(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE trading_runtime")
        connection.execute(statement.encode())


async def test_another_services_role_reads_no_more_than_it_declares(service: PlatformService) -> None:
    for statement in (
        'SELECT email FROM platform."user"',
        "SELECT password FROM platform.account",
        "SELECT * FROM platform.session",
        "DELETE FROM platform.session",
        "UPDATE platform.\"user\" SET role = 'admin'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            as_trading(service.url, statement)
