"""Cross-site requests: whose pages may make a browser send something in its user's name.

The rules are those of better-auth 1.7's origin check, and OWASP ASVS 5.0, 3.5.1 to 3.5.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicekit.problems import Forbidden
from servicekit.settings import origin_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fastapi import Request

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class UntrustedOrigin(Forbidden):
    """Invalid origin"""

    code = "INVALID_ORIGIN"


class MissingOrigin(Forbidden):
    """Missing or null Origin"""

    code = "MISSING_OR_NULL_ORIGIN"


def check_origin(method: str, headers: Mapping[str, str], trusted: Collection[str]) -> None:
    """Refuse a request that another site may have made a browser send.

    A request that cannot change anything passes. So does one without a cookie that no browser sent from another
    origin: there is nothing in it that the sender did not put there on purpose.

    Args:
        method: the HTTP method.
        headers: of the request, whatever their case.
        trusted: origins whose pages may do so.

    Raises:
        UntrustedOrigin: the page is none of ours.
        MissingOrigin: it does not say which page sent it.
    """
    if method in _SAFE:
        return
    cross = headers.get("sec-fetch-site", "") in {"cross-site", "same-site"}
    if "cookie" not in headers and not cross:
        return
    source = headers.get("origin") or headers.get("referer") or "null"
    if source == "null":
        raise MissingOrigin
    if not is_trusted(source, trusted):
        raise UntrustedOrigin


def is_trusted(url: str, trusted: Collection[str]) -> bool:
    """Tell whether an absolute URL belongs to a trusted origin.

    Args:
        url: as a browser or a stranger sent it. What browsers read differently from us (backslashes, control
            characters, user names, blanks) is not trusted.
        trusted: origins.
    """
    if "\\" in url or any(character <= " " or character == "\x7f" for character in url):
        return False
    origin = origin_of(url)
    return bool(origin) and origin in trusted


def from_browser(request: Request) -> bool:
    """Tell whether a browser sent the request.

    Sec-Fetch-Mode does not count: Node's fetch sends it too.

    Args:
        request: the request.
    """
    return "origin" in request.headers or "sec-fetch-site" in request.headers
