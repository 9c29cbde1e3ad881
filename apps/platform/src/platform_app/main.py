from __future__ import annotations

from typing import TYPE_CHECKING

from platform_app.accounts import endpoints as accounts
from platform_app.application import lifespan
from platform_app.needed_revisions import needed_revisions
from platform_app.pages import endpoints as pages
from platform_app.passwords import endpoints as passwords
from platform_app.profile import endpoints as profile
from platform_app.sessions import endpoints as sessions
from platform_app.settings import PlatformSettings
from platform_app.sign_in import endpoints as sign_in
from platform_app.sign_up import endpoints as sign_up
from platform_app.tables import session, user
from platform_app.verification import endpoints as verification
from servicekit import logs
from servicekit.auth import SessionReader
from servicekit.rendering import Renderer
from servicekit.service import build

if TYPE_CHECKING:
    from fastapi import FastAPI

ROUTERS = (  # the busiest first
    sessions.router,
    sign_in.router,
    sign_up.router,
    passwords.router,
    verification.router,
    profile.router,
    accounts.router,
    pages.router,
)
INVALID_STATUS = 400  # better-auth's answer to a body that is not valid


def create_app(settings: PlatformSettings) -> FastAPI:
    return build(
        settings,
        name="platform",
        routers=ROUTERS,
        revisions=needed_revisions(),
        sessions=SessionReader(session, user),
        renderer=Renderer(invalid_status=INVALID_STATUS),
        lifespan=lifespan,
    )


def app_from_environment() -> FastAPI:
    settings = PlatformSettings.load()
    logs.configure(settings)
    return create_app(settings)
