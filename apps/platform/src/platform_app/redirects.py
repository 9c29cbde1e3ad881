"""Where a browser may be sent: nowhere but to pages of trusted origins."""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from servicekit.origins import is_trusted
from servicekit.problems import Forbidden

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
_ENCODED_SEPARATOR = re.compile(r"%2f|%5c", re.IGNORECASE)
LONGEST = 2048


class InvalidCallbackURL(Forbidden):
    """Invalid callbackURL"""

    code = "INVALID_CALLBACK_URL"


class InvalidRedirectURL(Forbidden):
    """Invalid redirectURL"""

    code = "INVALID_REDIRECT_URL"


def is_safe(url: str, trusted: Collection[str]) -> bool:
    """Whether a browser that is sent to the URL stays with us, however leniently it reads it.

    A path of ours must not be readable as another host (`//evil`, `/\\evil`); an absolute URL must be of a trusted
    origin, as browsers write it.
    """
    if len(url) > LONGEST or _CONTROL.search(url) or "\\" in url:
        return False
    if url.startswith("/"):
        path = re.split(r"[?#]", url, maxsplit=1)[0]
        return not url.startswith("//") and not _ENCODED_SEPARATOR.search(path)
    return is_trusted(url, trusted)


def check_callback(url: str | None, trusted: Collection[str]) -> None:
    if url and not is_safe(url, trusted):
        raise InvalidCallbackURL


def check_redirect(url: str | None, trusted: Collection[str]) -> None:
    if url and not is_safe(url, trusted):
        raise InvalidRedirectURL


def with_parameters(url: str, base: str | None = None, **parameters: str) -> str:
    """The URL with parameters added to its query; made absolute when a base is given."""
    parts = urlsplit(urljoin(base, url) if base else url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])
    return urlunsplit(parts._replace(query=query))


def as_location(url: str) -> str:
    """The URL as a Location header writes it: what is not ASCII is percent-encoded, all else stays."""
    return quote(url, safe="%:/?#[]@!$&'()*+,;=")
