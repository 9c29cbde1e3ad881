"""The three servers: how each is started, and what its requests look like."""

from __future__ import annotations

import json
import secrets
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.http_load import Connection, NextRequest, once, request
from bench.platform.node_packages import install
from bench.processes import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PEERS = Path(__file__).parent / "peers"
ORIGIN = "http://127.0.0.1"
PASSWORD = "correct horse battery staple"  # noqa: S105 - of users that live for minutes
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - as above
POOL_SIZE = "10"
PLENTY = "1000000000"
"""All load comes from one address; what counts tries still counts them."""


class Contestant:
    """A server and its dialect: better-auth's, which is also ours.

    Args:
        name: in the report.
        served: where it answers.
    """

    created = 200

    def __init__(self, name: str, served: Served) -> None:
        self.name = name
        self.served = served

    def sign_up(self, email: str) -> bytes:
        """Give the request that makes a user."""
        body = json.dumps({"name": "Ann", "email": email, "password": PASSWORD}).encode()
        return request("POST", "/api/auth/sign-up/email", body=body)

    def sign_in(self, email: str) -> bytes:
        """Give the request that begins a session."""
        body = json.dumps({"email": email, "password": PASSWORD}).encode()
        return request("POST", "/api/auth/sign-in/email", body=body)

    def get_session(self, signed_in: Connection) -> bytes:
        """Give the request that asks who is there, as a browser sends it after a sign-in."""
        return request("GET", "/api/auth/get-session", cookie="; ".join(signed_in.cookies))


class FastapiUsers(Contestant):
    """fastapi-users' dialect: OAuth2's form, a Bearer token, and no session at sign-up."""

    created = 201

    def sign_up(self, email: str) -> bytes:
        """Give the request that makes a user."""
        body = json.dumps({"email": email, "password": PASSWORD}).encode()
        return request("POST", "/auth/register", body=body)

    def sign_in(self, email: str) -> bytes:
        """Give the request that begins a session."""
        body = urlencode({"username": email, "password": PASSWORD}).encode()
        return request("POST", "/auth/login", body=body, content_type="application/x-www-form-urlencoded")

    def get_session(self, signed_in: Connection) -> bytes:
        """Give the request that asks who is there."""
        token = json.loads(signed_in.body)["access_token"]
        return request("GET", "/users/me", authorization=f"Bearer {token}")


@dataclass(frozen=True)
class Programs:
    """What servers are run by.

    Args:
        ours: the Python of an environment with the platform service in it.
        theirs: the Python of an environment with fastapi-users in it.
        node: Node.
    """

    ours: str
    theirs: str
    node: str


@contextmanager
def ours(programs: Programs, database: str, folder: Path) -> Iterator[Contestant]:
    """Run the platform service, as `platform serve` runs it in production, on a database that it migrates."""
    environment = {
        "DATABASE_URL": database,
        "PLATFORM_PUBLIC_URL": ORIGIN,
        "PLATFORM_DATABASE_POOL_SIZE": POOL_SIZE,
        "PLATFORM_ATTEMPTS_PER_MINUTE": PLENTY,
        "PLATFORM_MAILS_PER_MINUTE": PLENTY,
    }
    command = (programs.ours, "-m", "platform_app.cli", "serve", "--port", "0")
    ready = r"Uvicorn running on http://127\.0\.0\.1:(?P<port>\d+)"
    migration = (programs.ours, "-m", "caravan", "migrate", "platform")
    subprocess.run(migration, env={"DATABASE_URL": database}, check=True, capture_output=True)  # noqa: S603 - our own command
    with serving(command, environment, folder / "ours.log", ready) as served:
        yield Contestant("ours", served)


@contextmanager
def better_auth(programs: Programs, database: str, folder: Path) -> Iterator[Contestant]:
    """Run better-auth's own server."""
    environment = {
        "DATABASE_URL": database,
        "PUBLIC_URL": ORIGIN,
        "SECRET": SECRET,
        "POOL_SIZE": POOL_SIZE,
        "NODE_ENV": "production",
    }
    home = PEERS / "better_auth"
    install(home)
    command = (programs.node, str(home / "server.mjs"))
    log = folder / "better_auth.log"
    with serving(command, environment, log, r"listening (?P<port>\d+)") as served:
        yield Contestant("better-auth", served)


@contextmanager
def fastapi_users(programs: Programs, database: str, folder: Path) -> Iterator[Contestant]:
    """Run fastapi-users."""
    environment = {"DATABASE_URL": database, "POOL_SIZE": POOL_SIZE}
    command = (programs.theirs, "-m", "bench.platform.peers.fastapi_users_app")
    log = folder / "fastapi_users.log"
    with serving(command, environment, log, r"listening (?P<port>\d+)") as served:
        yield FastapiUsers("fastapi-users", served)


@dataclass(frozen=True)
class Crowd:
    """Users of one server.

    Args:
        contestant: the server.
        emails: their addresses, one for each client of the highest concurrency.
        sessions: each one's get-session.
    """

    contestant: Contestant
    emails: list[str]
    sessions: list[bytes]

    def clients(self, operation: str, count: int) -> list[NextRequest]:
        """Give what `count` clients send.

        Args:
            operation: get-session, sign-in or sign-up.
            count: how many.
        """
        if operation == "get-session":
            return [repeat(sent).__next__ for sent in self.sessions[:count]]
        if operation == "sign-in":
            requests = [self.contestant.sign_in(email) for email in self.emails[:count]]
            return [repeat(sent).__next__ for sent in requests]
        return [lambda: self.contestant.sign_up(new_email())] * count

    def status(self, operation: str) -> int:
        """Give the status of the operation's answers."""
        return self.contestant.created if operation == "sign-up" else 200


async def crowd(contestant: Contestant, size: int) -> Crowd:
    """Sign users up and in.

    Args:
        contestant: where.
        size: how many.
    """
    emails = [new_email() for _ in range(size)]
    sessions = []
    for email in emails:
        await once(contestant.served.port, contestant.sign_up(email), contestant.created)
        signed_in = await once(contestant.served.port, contestant.sign_in(email))
        sessions.append(contestant.get_session(signed_in))
    answer = await once(contestant.served.port, sessions[-1])
    if emails[-1].encode() not in answer.body:
        raise LookupError(f"{contestant.name} does not know who asks: {answer.body!r}")
    return Crowd(contestant, emails, sessions)


def new_email() -> str:
    """Give an address that nobody has."""
    return f"user-{secrets.token_hex(8)}@example.com"
