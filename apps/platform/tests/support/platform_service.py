"""The platform service in the test's own process, on a migrated database of the test's own."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import psycopg
from psycopg.rows import dict_row
from pydantic import AnyHttpUrl, SecretStr

from platform_app.mail.worker import Worker
from platform_app.mail_worker import WRITERS
from platform_app.main import create_app
from platform_app.settings import PlatformSettings
from servicekit.auth import session_cookie_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage

    from fastapi import FastAPI

    from platform_app.application import Application

Json = Any
"""What json.loads returns."""

ORIGIN = "http://platform.test"
PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "seven quiet lanterns drifting"
API = "/api/auth"
PATIENCE = 300.0


def platform_settings(url: str, **others: Json) -> PlatformSettings:
    """Settings as cheap as ASVS allows, and generous limits: each test of a limit sets its own."""
    given: dict[str, Any] = {
        "environment": "production",
        "database_url": SecretStr(url),
        "database_pool_size": 4,
        "database_wait_seconds": 60,  # a busy machine is no outage
        "public_url": AnyHttpUrl(ORIGIN),
        "password_memory": 19456,
        "password_time": 2,
        "password_threads": 2,
        "attempts_per_minute": 10_000,
        "mails_per_minute": 10_000,
        **others,
    }
    return PlatformSettings(**given)


def new_address() -> str:
    return f"user-{secrets.token_hex(6)}@example.com"


class Caller:
    """Somebody who sends requests, with cookies of their own.

    Args:
        client: the way to the service.
        headers: sent with each request.
    """

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def post(self, path: str, body: Json = None, **options: Json) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.post(
            f"{API}{path}", json={} if body is None else body, headers=headers, **options
        )

    async def get(self, path: str, **options: Json) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.get(f"{API}{path}", headers=headers, **options)

    @property
    def cookie(self) -> str | None:
        return self.client.cookies.get(session_cookie_name(https=False))

    async def sign_up(
        self, email: str | None = None, password: str = PASSWORD, **body: Json
    ) -> dict[str, Any]:
        response = await self.post(
            "/sign-up/email", {"name": "Ann", "email": email or new_address(), "password": password, **body}
        )
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def sign_in(self, email: str, password: str = PASSWORD, **body: Json) -> httpx.Response:
        return await self.post("/sign-in/email", {"email": email, "password": password, **body})

    async def session(self) -> dict[str, Any] | None:
        response = await self.get("/get-session")
        assert response.status_code == 200, response.text
        found: dict[str, Any] | None = response.json()
        return found


class Mailbox:
    """A way out that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def send(self, message: EmailMessage) -> None:
        self.mails.append(message)


async def until(true: Callable[[], bool]) -> None:
    """Wait for what must happen; the limit is for a bug, not for a slow machine."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  # it happens in another process, thread or transaction
            await asyncio.sleep(0.05)


def part(mail: EmailMessage, kind: str) -> str:
    """The text or the HTML of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def link_in(mail: EmailMessage) -> str:
    """The link in a mail's text, as a path of the API."""
    found = re.search(rf"{ORIGIN}{API}(\S+)", part(mail, "plain"))
    assert found
    return found[1]


def token_in(link: str) -> str:
    """The secret that a link carries."""
    found = re.search(r"token=([\w-]+)|/reset-password/([\w-]+)", link)
    assert found
    return found[1] or found[2]


class PlatformService:
    """The running service.

    Args:
        app: the application.
        url: its database, as superuser.
        stack: closes what callers open.
    """

    def __init__(self, app: FastAPI, url: str, stack: AsyncExitStack) -> None:
        self.app = app
        self.url = url
        self._stack = stack

    @property
    def application(self) -> Application:
        found: Application = self.app.state.platform
        return found

    async def browser(self, address: str = "192.0.2.7", origin: str = ORIGIN) -> Caller:
        """A browser: it sends an Origin and keeps cookies."""
        return Caller(await self._client(address), {"origin": origin})

    async def program(self, address: str = "192.0.2.7", token: str | None = None) -> Caller:
        """A client that is no browser: no Origin, and a Bearer token instead of cookies."""
        client = await self._client(address)
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return Caller(client, {"authorization": f"Bearer {token}"} if token else {})

    async def _client(self, address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60)
        return await self._stack.enter_async_context(client)

    async def deliver(self) -> list[EmailMessage]:
        """Send what is in the outbox: the mails, in the order of their sending."""
        mailbox = Mailbox()
        application = self.application
        writers = {name: partial(write, application.settings) for name, write in WRITERS.items()}
        worker = Worker(application.database, mailbox, writers, application.settings.mail_from)
        while await worker.work():
            pass
        return mailbox.mails

    async def link(self) -> str:
        """The link of the one mail that is in the outbox."""
        (mail,) = await self.deliver()
        return link_in(mail)

    def rows(self, statement: str, *parameters: Json) -> list[dict[str, Any]]:
        """What a superuser's statement returns."""
        with psycopg.connect(self.url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def events(self, event: str) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM platform.audit_log WHERE event = %s ORDER BY id", event)


class Start(Protocol):
    """Starts a service with settings of the test's own; several share the test's database."""

    async def __call__(self, **settings: Json) -> PlatformService:
        """Start one more."""
        ...


@asynccontextmanager
async def running(url: str, **settings: Json) -> AsyncIterator[PlatformService]:
    """The service on a database, until the block ends."""
    app = create_app(platform_settings(url, **settings))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        yield PlatformService(app, url, stack)
