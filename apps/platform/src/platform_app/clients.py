"""Who sends a request, as far as a request tells."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from fastapi import Depends, Request
from structlog.contextvars import get_contextvars

from servicekit.clients import client_address
from servicekit.origins import from_browser

LONGEST_USER_AGENT = 512


@dataclass(frozen=True)
class Client:
    """The other end of a request.

    Args:
        address: believed from X-Forwarded-For only behind our own proxies.
        user_agent: as sent, cut to 512 characters.
        browser: whether a browser sent it; those get the token in a cookie only.
        request_id: as in the logs.
    """

    address: IPv4Address | IPv6Address | None
    user_agent: str
    browser: bool
    request_id: str | None = None


async def current_client(request: Request) -> Client:
    return Client(
        address=client_address(request),
        user_agent=request.headers.get("user-agent", "")[:LONGEST_USER_AGENT].replace("\0", ""),
        browser=from_browser(request),
        request_id=get_contextvars().get("request_id"),
    )


CurrentClient = Annotated[Client, Depends(current_client)]
