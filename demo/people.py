"""Somebody with a session of the platform service and an account at the trading service, both over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from demo.failure import DemoFailed

if TYPE_CHECKING:
    from demo.stage import Stage

Json = Any
_PASSWORD = "a half day at the exchange"  # noqa: S105  of an account that lives for a minute
_PATIENCE, _PAUSE = 30.0, 0.02
_SECONDS = 30.0


class Person:
    """Signs up, opens an account and trades.

    Args:
        stage: where the services answer.
        name: what to be called.
    """

    def __init__(self, stage: Stage, name: str) -> None:
        self.name = name
        self.orders: list[dict[str, Json]] = []
        body = {"name": name, "email": f"{name.lower()}@example.com", "password": _PASSWORD}
        # without Origin and Sec-Fetch-Site this is no browser, so the token comes in the body
        signed_up = self._read(
            httpx.post(f"{stage.platform}/api/auth/sign-up/email", json=body, timeout=_SECONDS)
        )
        self._client = httpx.Client(
            base_url=f"{stage.trading}/v2",
            headers={"Authorization": f"Bearer {signed_up['token']}"},
            timeout=_SECONDS,
        )
        self._read(self._client.post("/accounts", json={"name": name}))

    def get(self, path: str) -> Json:
        """Read something of the account.

        Args:
            path: below /v2.
        """
        return self._read(self._client.get(path))

    def place(self, order: str, becomes: str) -> str:
        """Place an order, wait until the workers have done with it, and give its id.

        Args:
            order: as traders say it: `buy 10 MSFT limit 505.00 gtc`, `buy $1000 AAPL market day`.
            becomes: its status then.

        Raises:
            DemoFailed: it becomes something else.
        """
        answer = self._read(self._client.post("/orders", json=_fields(order)))
        self.orders.append({"wanted": order, "id": answer["id"]})
        self.until(answer["id"], becomes)
        return str(answer["id"])

    def refused(self, order: str, status: int) -> None:
        """Place an order that is refused.

        Args:
            order: as in `place`.
            status: the HTTP status of the refusal.

        Raises:
            DemoFailed: it is not refused, or otherwise.
        """
        answer = self._client.post("/orders", json=_fields(order))
        body = answer.json()
        if answer.status_code != status:
            raise DemoFailed(f"`{order}` was answered {answer.status_code} instead of {status}: {body}")
        self.orders.append({"wanted": order, "refused": f"{status} {body['message']}"})

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        answer = self._client.delete(f"/orders/{order_id}")
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise DemoFailed(f"canceling was answered {answer.status_code}: {answer.text}")

    def replace(self, order_id: str, limit_price: str) -> None:
        """Replace an order by one with another limit."""
        new = self._read(self._client.patch(f"/orders/{order_id}", json={"limit_price": limit_price}))
        wanted = f"{new['side']} {new['qty']} {new['symbol']} limit {limit_price} {new['time_in_force']}"
        self.orders.append({"wanted": wanted, "id": new["id"]})

    def until(self, order_id: str, status: str) -> None:
        """Wait until an order has a status.

        Raises:
            DemoFailed: it has another one all the time.
        """
        end = time.monotonic() + _PATIENCE
        while (found := self.get(f"/orders/{order_id}")["status"]) != status:
            if time.monotonic() > end:
                wanted = next(each["wanted"] for each in self.orders if each.get("id") == order_id)
                raise DemoFailed(f"{self.name}'s `{wanted}` should become {status}, but it stays {found}")
            time.sleep(_PAUSE)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    @staticmethod
    def _read(answer: httpx.Response) -> Json:
        if not answer.is_success:
            raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {answer.text}")
        return answer.json()


def _fields(order: str) -> dict[str, str]:
    side, amount, symbol, kind, *prices, time_in_force = order.split()
    names = {"limit": ("limit_price",), "stop": ("stop_price",), "stop_limit": ("stop_price", "limit_price")}
    money = amount.startswith("$")
    return {
        "side": side,
        "notional" if money else "qty": amount.removeprefix("$"),
        "symbol": symbol,
        "type": kind,
        "time_in_force": time_in_force,
        **dict(zip(names.get(kind, ()), prices, strict=True)),
    }
