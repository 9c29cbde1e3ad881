"""People who use the service, remember what it acknowledged, and hold it to that."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from soak.violations import Drain, Findings

OK, UNAUTHORIZED, UNPROCESSABLE, SERVER_ERROR, UNAVAILABLE = 200, 401, 422, 500, 503
TOO_MANY = 429
PAUSE = 0.2
PATIENCE = 400.0  # seconds for a mail; a worker's lease is two minutes


@dataclass
class Person:
    """Somebody with an account, or on the way to one.

    Args:
        email: the address.
        passwords: which password may be the right one; several after a change whose answer got lost.
        alive: tokens that were acknowledged, by the id of their session.
        dead: tokens whose end was acknowledged.
        unsure: tokens of which an answer got lost.
        resets: how many reset mails were acknowledged.
    """

    email: str
    passwords: list[str]
    alive: dict[str, str] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    resets: int = 0
    exists: bool = False


class Api:
    """The service as its clients see it: an answer, or none.

    Args:
        address: where.
        findings: what is noted.
        drain: when the process was asked to finish.
    """

    def __init__(self, address: str, findings: Findings, drain: Drain) -> None:
        self._client = httpx.AsyncClient(base_url=f"{address}/api/auth", timeout=60)
        self._findings = findings
        self._drain = drain

    async def call(
        self, method: str, path: str, token: str | None = None, body: object = None
    ) -> httpx.Response | None:
        """Give the answer, None if there was none; hold it to what must always be true of an answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        started = time.monotonic()
        self._client.cookies.clear()
        try:
            response = await self._client.request(method, path, headers=headers, json=body)
        except httpx.TransportError as error:
            self._findings.answers["none"] += 1
            self._findings.must(
                f"{method} {path} was in flight at SIGTERM and got no answer: {error!r}",
                hold=not self._drain.owes(started),
            )
            return None
        self._findings.answers[str(response.status_code)] += 1
        if response.status_code >= SERVER_ERROR:
            fine = response.status_code == UNAVAILABLE and "retry-after" in response.headers
            self._findings.must(f"{method} {path}: {response.status_code} {response.text[:200]}", hold=fine)
            return None
        return None if response.status_code == TOO_MANY else response

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class Life:
    """What one person does, one thing after another.

    Args:
        api: the service.
        findings: what is noted.
        mails: the folder that mails arrive in.
        chance: decides.
    """

    def __init__(self, api: Api, findings: Findings, mails: Path, chance: random.Random) -> None:
        self._api = api
        self._findings = findings
        self._mails = mails
        self._chance = chance
        self.people: list[Person] = []

    async def live(self, until: float) -> None:
        """Meet people until the time is over."""
        while time.monotonic() < until:
            person = Person(f"soak-{secrets.token_hex(6)}@example.com", [_password()])
            self.people.append(person)
            await self.sign_up(person)
            for _ in range(self._chance.randint(3, 10)):
                if person.exists and time.monotonic() < until:
                    what = self._chance.choice(
                        [self.sign_in, self.sign_in, self.revoke, self.leave, self.reset]
                    )
                    await what(person)
                    await self.look(person)
            await asyncio.sleep(self._chance.random() * PAUSE)

    async def sign_up(self, person: Person) -> None:
        """Get an account, however often that takes."""
        body = {"name": "Soak", "email": person.email, "password": person.passwords[0]}
        while not person.exists:
            answer = await self._api.call("POST", "/sign-up/email", body=body)
            if answer is None:
                await asyncio.sleep(PAUSE)
                continue
            self._findings.must(
                f"a sign-up got {answer.text[:200]}", hold=answer.status_code in {OK, UNPROCESSABLE}
            )
            person.exists = True
            if answer.status_code == OK:
                self._findings.acknowledged["sign-up"] += 1
                await self._remember(person, answer.json()["token"])

    async def sign_in(self, person: Person) -> None:
        """Sign in with a password that must be right."""
        for password in list(person.passwords):
            body = {"email": person.email, "password": password}
            answer = await self._api.call("POST", "/sign-in/email", body=body)
            if answer is None:
                return
            if answer.status_code == OK:
                self._findings.acknowledged["sign-in"] += 1
                person.passwords = [password]
                await self._remember(person, answer.json()["token"])
                return
        self._findings.must(f"{person.email}: no password is right any more", hold=False)

    async def revoke(self, person: Person) -> None:
        """End one session from another."""
        if len(person.alive) < 2:  # noqa: PLR2004  # one that asks, one that ends
            return
        (asking, _), (ending, token) = self._chance.sample(sorted(person.alive.items()), 2)
        answer = await self._api.call("POST", "/revoke-session", person.alive[asking], {"token": ending})
        del person.alive[ending]
        if answer is not None and answer.status_code == OK:
            self._findings.acknowledged["revoke"] += 1
            person.dead.add(token)
        else:
            person.unsure.add(token)

    async def leave(self, person: Person) -> None:
        """Sign out of one."""
        if not person.alive:
            return
        session, token = self._chance.choice(sorted(person.alive.items()))
        answer = await self._api.call("POST", "/sign-out", token)
        del person.alive[session]
        if answer is not None:
            self._findings.acknowledged["sign-out"] += 1
            person.dead.add(token)
        else:
            person.unsure.add(token)

    async def reset(self, person: Person) -> None:
        """Ask for a reset, wait for its mail, and set a new password."""
        if person.resets == 2 or not await self._ask_for_reset(person):  # noqa: PLR2004  # of the three in fifteen minutes
            return
        secret = await self._mail(person)
        password = _password()
        ended = {*person.alive.values(), *person.unsure}
        answer = await self._api.call(
            "POST", "/reset-password", body={"newPassword": password, "token": secret}
        )
        if answer is not None and answer.status_code == OK:
            self._findings.acknowledged["reset"] += 1
            person.passwords = [password]
            person.dead |= ended
            person.alive, person.unsure = {}, set()
        elif answer is None:
            person.passwords.append(password)
            person.unsure |= ended
            person.alive = {}

    async def look(self, person: Person) -> None:
        """What was acknowledged is true, now and at the end."""
        for token in [*person.alive.values()]:
            answer = await self._api.call("GET", "/get-session", token)
            if answer is not None:
                self._findings.must(
                    f"{person.email}: an acknowledged session is gone", hold=answer.json() is not None
                )
        for token in person.dead:
            answer = await self._api.call("GET", "/get-session", token)
            if answer is not None:
                self._findings.must(f"{person.email}: an ended session lives", hold=answer.json() is None)

    async def _remember(self, person: Person, token: str) -> None:
        answer = await self._api.call("GET", "/get-session", token)
        while answer is None:
            await asyncio.sleep(PAUSE)
            answer = await self._api.call("GET", "/get-session", token)
        found = answer.json()
        self._findings.must(f"{person.email}: a new session is not there", hold=found is not None)
        if found is not None:
            person.alive[found["session"]["id"]] = token

    async def _ask_for_reset(self, person: Person) -> bool:
        answer = await self._api.call("POST", "/request-password-reset", body={"email": person.email})
        if answer is None:
            person.resets = 2  # whether it was counted nobody knows
            return False
        person.resets += 1
        self._findings.acknowledged["reset mail"] += 1
        return True

    async def _mail(self, person: Person) -> str:
        """Wait for the newest reset mail: an acknowledged one always comes, if its worker dies after a lease."""
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            found = [mail for mail in self._mails.glob("*.eml") if f"To: {person.email}" in mail.read_text()]
            texts = [re.sub(r"=\r?\n", "", mail.read_text()) for mail in sorted(found)]
            secrets_ = [
                match[1] for text in texts if (match := re.search(r"/reset-password/([\w-]+)\?", text))
            ]
            if len(secrets_) >= person.resets:
                return secrets_[-1]
            await asyncio.sleep(PAUSE)
        self._findings.must(f"{person.email}: an acknowledged reset mail never came", hold=False)
        return ""


def _password() -> str:
    return f"soak {secrets.token_urlsafe(12)}"
