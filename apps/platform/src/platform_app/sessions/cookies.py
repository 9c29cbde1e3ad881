"""The session's cookie (OWASP ASVS 5.0, 3.3.1 to 3.3.4)."""

from fastapi import Response

from platform_app.application import Application
from platform_app.sessions.lifetimes import IDLE
from servicekit.auth import session_cookie_name


def set_cookie(response: Response, application: Application, token: str, *, remembered: bool) -> None:
    """Hand the token to a browser; without `remembered` it forgets it when it closes."""
    https = application.settings.https
    response.set_cookie(
        session_cookie_name(https=https),
        token,
        max_age=int(IDLE.total_seconds()) if remembered else None,
        path="/",
        secure=https,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, application: Application) -> None:
    https = application.settings.https
    response.delete_cookie(
        session_cookie_name(https=https), path="/", secure=https, httponly=True, samesite="lax"
    )
