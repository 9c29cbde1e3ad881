"""The client's address."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request

Address = IPv4Address | IPv6Address

_UNKNOWN = IPv6Address("::")


def client_address(request: Request) -> Address:
    """Give the address a request came from.

    Behind a trusted proxy this is what the proxy wrote into X-Forwarded-For, seen from the right: uvicorn's
    ProxyHeadersMiddleware has replaced the connection's address by it. From anybody else that header is ignored.

    Args:
        request: the request.

    Returns:
        The address, IPv4 even where it came mapped into IPv6; `::` where there is none to read (a Unix socket).
    """
    return _address(request.client.host if request.client else "")


@lru_cache(maxsize=1024)
def _address(text: str) -> Address:
    try:
        address = ip_address(text)
    except ValueError:
        return _UNKNOWN
    return getattr(address, "ipv4_mapped", None) or address


async def _client_address(request: Request) -> Address:  # async, or FastAPI would give it a thread
    return client_address(request)


ClientAddress = Annotated[Address, Depends(_client_address)]
