"""Clients that sign in and trade while containers die, and hold both services to what they acknowledged."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from traders import PASSWORD, new_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose_project import Project

UNAVAILABLE, TOO_MANY = 503, 429
PAUSE = 0.1
LONGEST_PAUSE = 5.0
ORDERS_PER_SESSION = 10
MOST_ORDERS = 500  # what one request lists in the end
SLACK = 2.0  # seconds around a death in which a published port may still, or already, refuse


@dataclass
class Findings:
    """What a run saw.

    Args:
        answers: how often each status was answered, by service.
        unreachable: how often a service's published port had nobody behind it, by service.
        acknowledged: how many changes of each kind were acknowledged.
        violations: what must not happen.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    unreachable: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


@dataclass
class Deaths:
    """When each service's own container was not there."""

    times: list[tuple[str, float, float]] = field(default_factory=list)

    @contextmanager
    def of(self, project: Project, service: str, seconds: float) -> Iterator[None]:
        """Kill a container, start it again a little later, and note the time until the block ends."""
        began = time.monotonic()
        self.times.append((service, began, float("inf")))
        project.kill(service)
        time.sleep(seconds)
        project.start(service)
        yield
        self.times[-1] = (service, began, time.monotonic())

    def explain(self, service: str, since: float) -> bool:
        """Whether the service was not there at some time of a request that was sent then and ends now."""
        now = time.monotonic()
        return any(
            name == service and began - SLACK <= now and since <= ended + SLACK
            for name, began, ended in self.times
        )


class Client:
    """One connection's worth of requests, each repeated until it is answered for good.

    Args:
        project: where.
        findings: what is noted.
        deaths: when who was not there.
    """

    def __init__(self, project: Project, findings: Findings, deaths: Deaths) -> None:
        self._findings, self._deaths = findings, deaths
        self._http = httpx.Client(timeout=30)
        self._addresses = {service: project.url(service) for service in ("platform", "trading")}
        self.headers: dict[str, str] = {}

    def insist(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401  httpx's own
        """Send a request until it gets an answer that is not "come back later"."""
        while True:
            answer = self._try(service, method, path, options)
            if answer is not None:
                return answer

    def close(self) -> None:
        self._http.close()

    def _try(self, service: str, method: str, path: str, options: dict[str, Any]) -> httpx.Response | None:
        self._http.cookies.clear()
        headers = self.headers | options.get("headers", {})
        sent = time.monotonic()
        try:
            answer = self._http.request(
                method, f"{self._addresses[service]}{path}", **options | {"headers": headers}
            )
        except httpx.TransportError as error:
            self._findings.unreachable[service] += 1
            if not self._deaths.explain(service, sent):
                self._findings.violations.append(f"{method} {path}: {error!r} though {service} was there")
            time.sleep(PAUSE)
            return None
        self._findings.answers[service, answer.status_code] += 1
        if answer.status_code in {UNAVAILABLE, TOO_MANY}:
            self._come_back(method, path, answer)
            return None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self._findings.violations.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            time.sleep(PAUSE)
            return None
        return answer

    def _come_back(self, method: str, path: str, answer: httpx.Response) -> None:
        after = answer.headers.get("retry-after")
        if after is None:
            self._findings.violations.append(f"{method} {path}: {answer.status_code} without Retry-After")
        time.sleep(min(float(after or PAUSE), LONGEST_PAUSE))


class Trader:
    """Somebody who signs in again and again, and buys and sells in between.

    Args:
        client: the way to the services.
        findings: what is noted.
        symbol: what is traded.
    """

    def __init__(self, client: Client, findings: Findings, symbol: str) -> None:
        self._client, self._findings, self._symbol = client, findings, symbol
        self._email = new_address("chaos")
        self.orders: dict[str, str] = {}
        self.tokens: list[str] = []
        self.account = ""

    def begin(self) -> None:
        body = {"name": "Chaos", "email": self._email, "password": PASSWORD}
        self._token("sign-up", body)
        key = {"Idempotency-Key": secrets.token_hex(8)}
        opened = self._client.insist("trading", "POST", "/v2/accounts", json={}, headers=key)
        self.account = opened.json()["id"]
        self._client.headers["X-Account-Id"] = self.account

    def live(self, done: threading.Event) -> None:
        while not done.is_set():
            self._token("sign-in", {"email": self._email, "password": PASSWORD})
            for _ in range(ORDERS_PER_SESSION):
                if not done.is_set() and len(self.orders) < MOST_ORDERS:
                    self._order()
                done.wait(PAUSE)

    def look(self) -> None:
        """Hold the services to everything that was acknowledged."""
        listed = self._client.insist(
            "trading", "GET", "/v2/orders", params={"status": "all", "limit": MOST_ORDERS}
        ).json()
        found = {order["client_order_id"]: order["id"] for order in listed}
        self._must("every order is there once", found == self.orders and len(listed) == len(found))
        filled = {order["client_order_id"] for order in listed if order["status"] == "filled"}
        self._must("every order is filled", filled == set(found))
        account = self._client.insist("trading", "GET", "/v2/account").json()
        spent = sum((Decimal(o["filled_avg_price"]) * Decimal(o["filled_qty"]) for o in listed), Decimal(0))
        self._must("cash is what was not spent", Decimal(account["cash"]) == 100_000 - spent)
        books = self._client.insist("trading", "GET", "/v2/account/reconciliation").json()
        chain = self._client.insist("trading", "GET", "/v2/account/audit/verification").json()
        self._must("the books follow from the executions", books["matches"])
        self._must("the audit chain holds", chain["holds"])
        for token in self.tokens:
            headers = {"Authorization": f"Bearer {token}"}
            alive = self._client.insist("trading", "GET", "/v2/account", headers=headers)
            self._must("an acknowledged session lives", alive.status_code == httpx.codes.OK)

    def quiet(self) -> bool:
        """Whether a worker has nothing left to do here."""
        found = self._client.insist("trading", "GET", "/v2/orders", params={"status": "open"}).json()
        return len(found) == 0

    def _order(self) -> None:
        name = f"chaos-{secrets.token_hex(8)}"
        order = {"symbol": self._symbol, "side": "buy", "type": "market", "time_in_force": "gtc", "qty": "1"}
        body = order | {"client_order_id": name}
        placed = self._client.insist("trading", "POST", "/v2/orders", json=body)
        if placed.status_code == httpx.codes.OK:
            self.orders[name] = placed.json()["id"]
            self._findings.acknowledged["order"] += 1
        else:
            self._must(f"an order got {placed.status_code} {placed.text[:200]}", hold=False)

    def _token(self, way: str, body: dict[str, str]) -> None:
        self._client.headers.pop("Authorization", None)  # a sign-in ends the session that comes with it
        answer = self._client.insist("platform", "POST", f"/api/auth/{way}/email", json=body)
        taken = answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and way == "sign-up"
        if taken:  # the first try was carried out, and its answer got lost
            self._token("sign-in", body)
            return
        self._must(
            f"{way} got {answer.status_code} {answer.text[:200]}", answer.status_code == httpx.codes.OK
        )
        self.tokens.append(answer.json()["token"])
        self._client.headers["Authorization"] = f"Bearer {self.tokens[-1]}"
        self._findings.acknowledged[way] += 1

    def _must(self, what: str, hold: bool) -> None:  # noqa: FBT001  what is held or not
        if not hold:
            self._findings.violations.append(f"{self._email}: {what}: no")
