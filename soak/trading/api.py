"""The service as one of its clients sees it: several processes, of which some answer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from bench.http_load import request

from soak.wire import Answer, Lost, Wire

if TYPE_CHECKING:
    import random
    from collections.abc import Collection

    from soak.violations import Drain, Findings

PATIENCE = 300.0
"""Seconds in which a request that is repeated must be answered, whatever happened to the service."""

SLOWEST = 60.0
"""Seconds in which a process answers a request, if it does."""

_PAUSE = 0.05
_SERVER_ERROR, _UNAVAILABLE = 500, 503


class Unanswered(Exception):
    """A request was not answered in all the time there was."""


class Api:
    """A client's connections, one to each process.

    Args:
        drains: by port, when that process was asked to finish.
        token: of the client's session.
        findings: what is noted.
        chance: decides whom to ask.
    """

    def __init__(
        self, drains: dict[int, Drain], token: str, findings: Findings, chance: random.Random
    ) -> None:
        self._drains = drains
        self._ports = [*drains]
        self._headers = {"authorization": f"Bearer {token}"}
        self._findings = findings
        self._chance = chance
        self._wires: dict[int, Wire] = {}

    def of_account(self, account_id: str) -> None:
        """Mean this account from now on."""
        self._headers["x_account_id"] = account_id

    async def insist(
        self, method: str, path: str, fine: Collection[str], body: object = None, key: str | None = None
    ) -> tuple[Answer, int]:
        """Send a request again and again until it is answered.

        Args:
            method: of HTTP.
            path: with its query.
            fine: what may be answered: `204`, `403 insufficient_qty`.
            body: sent as JSON.
            key: the Idempotency-Key.

        Returns:
            The answer, and how often the request was sent.

        Raises:
            Unanswered: it never was; that is noted.
        """
        end = time.monotonic() + PATIENCE
        sent = 0
        while time.monotonic() < end:
            sent += 1
            answer = await self.once(method, path, fine, body, key)
            if answer is not None:
                return answer, sent
            await asyncio.sleep(_PAUSE * (1 + self._chance.random()))
        self._findings.must(f"{method} {path} was never answered", hold=False)
        raise Unanswered(path)

    async def once(
        self, method: str, path: str, fine: Collection[str], body: object = None, key: str | None = None
    ) -> Answer | None:
        """Send a request and give its answer; None where there was none, or 503.

        Args:
            method: of HTTP.
            path: with its query.
            fine: what may be answered.
            body: sent as JSON.
            key: the Idempotency-Key.
        """
        headers = self._headers if key is None else self._headers | {"idempotency_key": key}
        content = b"" if body is None else json.dumps(body).encode()
        port = self._chance.choice(self._ports)
        started = time.monotonic()
        try:
            answer = await self._ask(port, request(method, path, body=content, **headers))
        except Lost as error:
            self._findings.answers["none"] += 1
            said = f"{method} {path} was in flight at SIGTERM and got no answer: {error}"
            self._findings.must(said, hold=not self._drains[port].owes(started))
            return None
        except TimeoutError:
            self._findings.answers["none"] += 1
            self._findings.must(f"{method} {path} got no answer in {SLOWEST} s", hold=False)
            self._wires.pop(port).close()
            return None
        return self._judged(f"{method} {path}", answer, fine)

    def close(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            wire.close()

    async def _ask(self, port: int, sent: bytes) -> Answer:
        if port not in self._wires:
            self._wires[port] = await Wire.to(port)
        try:
            return await self._wires[port].ask(sent, SLOWEST)
        except Lost:
            del self._wires[port]
            raise

    def _judged(self, asked: str, answer: Answer, fine: Collection[str]) -> Answer | None:
        outcome = answer.outcome
        self._findings.answers[outcome] += 1
        if answer.status >= _SERVER_ERROR:
            hold = answer.status == _UNAVAILABLE and "retry-after" in answer.headers
            self._findings.must(f"{asked}: {outcome} {answer.body[:300]!r}", hold=hold)
            return None
        self._findings.must(f"{asked}: {outcome} {answer.body[:300]!r}", hold=outcome in fine)
        return answer


def the_id(answer: Answer) -> str:
    """Give the id of what an answer is about."""
    body: dict[str, Any] = answer.json()
    found: str = body["id"]
    return found
