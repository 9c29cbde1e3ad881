"""People who sign up at one service and trade at the other, over HTTP like anybody else."""

from __future__ import annotations

import secrets
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from stacks import Stack

PASSWORD = "correct horse battery staple"
OK, TOO_MANY = 200, 429
PATIENCE = 180.0  # seconds for a worker to do its work; nothing here measures time
PAUSE = 0.05

Json = Any
"""What json.loads returns."""


def new_address(name: str) -> str:
    return f"{name}-{secrets.token_hex(6)}@example.com"


def send(client: httpx.Client, method: str, path: str, **options: Json) -> httpx.Response:
    """Send a request, again as long as a service that is used by others too asks to come back later."""
    while (answer := client.request(method, path, **options)).status_code == TOO_MANY:
        time.sleep(int(answer.headers["retry-after"]))
    return answer


class Person:
    """Somebody with a session.

    Args:
        stack: where.
        email: the address; a new one unless given.
    """

    def __init__(self, stack: Stack, email: str | None = None) -> None:
        self._stack = stack
        self.email = email or new_address("ada")
        self.auth = httpx.Client(base_url=f"{stack.platform_url}/api/auth", timeout=60)
        self.trading = httpx.Client(base_url=f"{stack.trading_url}/v2", timeout=60)
        # a program's session is its token; a cookie would make it a browser, which must say where it comes from
        self.auth.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.id = self.token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.auth.close()
        self.trading.close()

    def sign_up(self) -> Self:
        body = {"name": "Ada", "email": self.email, "password": PASSWORD}
        return self._begin(send(self.auth, "POST", "/sign-up/email", json=body))

    def sign_in(self) -> Self:
        body = {"email": self.email, "password": PASSWORD}
        return self._begin(send(self.auth, "POST", "/sign-in/email", json=body))

    def again(self) -> Person:
        """The same person with another session."""
        return Person(self._stack, self.email).sign_in()

    def session(self) -> dict[str, Json] | None:
        """What the platform says of this session."""
        answer = send(self.auth, "GET", "/get-session")
        assert answer.status_code == OK, answer.text
        found: dict[str, Json] | None = answer.json()
        return found

    def open_account(self, cash: str = "100000") -> str:
        """Open an account and speak of it from now on."""
        answer = self.trading.post("/accounts", json={"opening_cash": cash})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        account: str = answer.json()["id"]
        self.use(account)
        return account

    def use(self, account: str) -> None:
        self.trading.headers["X-Account-Id"] = account

    def order(self, symbol: str, **values: Json) -> httpx.Response:
        given = {"symbol": symbol, "side": "buy", "type": "market", "time_in_force": "gtc", "qty": "10"}
        return self.trading.post("/orders", json=given | values)

    def until_filled(self, order: str) -> dict[str, Json]:
        """Wait until the worker has filled an order."""
        end = time.monotonic() + PATIENCE
        while True:
            found: dict[str, Json] = self.trading.get(f"/orders/{order}").json()
            if found["status"] == "filled":
                return found
            assert time.monotonic() < end, found
            time.sleep(PAUSE)

    def books_are_exact(self) -> bool:
        """Whether the books follow from the executions, and the audit chain holds."""
        books = self.trading.get("/account/reconciliation").json()
        chain = self.trading.get("/account/audit/verification").json()
        return bool(books["matches"] and chain["holds"])

    def _begin(self, answer: httpx.Response) -> Self:
        assert answer.status_code == OK, answer.text
        self.id, self.token = answer.json()["user"]["id"], answer.json()["token"]
        for client in (self.auth, self.trading):
            client.headers["Authorization"] = f"Bearer {self.token}"
        return self
