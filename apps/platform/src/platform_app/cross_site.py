"""Signing in on behalf of a foreign page (login CSRF).

A request with a cookie is checked everywhere, by servicekit. One that begins a session needs no cookie to do harm:
it could sign a visitor in as somebody else.
"""

from fastapi import Request

from platform_app.application import CurrentApplication
from servicekit.origins import MissingOrigin, UntrustedOrigin, is_trusted


async def no_foreign_page(request: Request, application: CurrentApplication) -> None:
    """Refuse a page that is none of ours, as far as the browser tells where the request comes from."""
    source = request.headers.get("origin") or request.headers.get("referer")
    if source is None:
        if "sec-fetch-site" in request.headers:
            raise MissingOrigin
        return
    if source == "null":
        raise MissingOrigin
    if not is_trusted(source, application.settings.origins):
        raise UntrustedOrigin
