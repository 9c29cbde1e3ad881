from __future__ import annotations

import httpx
import pytest
from toy_service import toy_service, toy_settings

pytestmark = pytest.mark.anyio

PROXIES = ("192.0.2.0/24", "2001:db8::1")


async def seen(
    host: str, headers: dict[str, str] | None = None, trusted: tuple[str, ...] = PROXIES
) -> list[str]:
    app = toy_service(toy_settings("postgresql:///nothing", trusted_proxies=trusted))
    transport = httpx.ASGITransport(app, client=(host, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        found: list[str] = (await client.get("/address", headers=headers)).json()
        return found


async def test_without_a_proxy_it_is_the_connections() -> None:
    assert await seen("203.0.113.9") == ["203.0.113.9", "http"]


async def test_a_stranger_cannot_choose_an_address() -> None:
    forged = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https", "X-Real-IP": "198.51.100.1"}
    assert await seen("203.0.113.9", forged) == ["203.0.113.9", "http"]
    assert await seen("127.0.0.1", forged) == ["127.0.0.1", "http"]
    assert await seen("192.0.2.7", forged, trusted=()) == ["192.0.2.7", "http"]


@pytest.mark.parametrize("proxy", ["192.0.2.7", "2001:db8::1"])
async def test_a_trusted_proxy_tells_it(proxy: str) -> None:
    told = {"X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
    assert await seen(proxy, told) == ["198.51.100.1", "https"]


async def test_what_the_client_wrote_before_the_proxies_does_not_count() -> None:
    told = {"X-Forwarded-For": "10.9.9.9, 198.51.100.1, 192.0.2.8"}
    assert (await seen("192.0.2.7", told))[0] == "198.51.100.1"


async def test_an_ipv4_address_inside_ipv6_is_the_ipv4_address() -> None:
    assert (await seen("::ffff:203.0.113.9"))[0] == "203.0.113.9"
    assert (await seen("2001:db8::9"))[0] == "2001:db8::9"


@pytest.mark.parametrize("written", ["unknown", "' OR 1=1", "1.2.3.4.5"])
async def test_what_is_no_address_is_none(written: str) -> None:
    assert (await seen("192.0.2.7", {"X-Forwarded-For": written}))[0] == "::"
