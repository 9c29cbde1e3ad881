"""The long-lived objects of the service, in one place for every feature."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Request

from platform_app.hashing import PasswordHasher
from platform_app.mail_worker import working
from platform_app.password_rules import PasswordRules, context_words
from platform_app.settings import API, PlatformSettings
from platform_app.throttling import Limits, Throttle
from servicekit.database import Database

__all__ = ["API", "Application", "CurrentApplication", "lifespan"]


@dataclass(frozen=True)
class Application:
    """What features need.

    Args:
        settings: the service's.
        database: the service's, for what needs transactions of its own.
        hasher: hashes passwords.
        rules: which passwords may be set.
        throttle: slows guessing down.
    """

    settings: PlatformSettings
    database: Database
    hasher: PasswordHasher
    rules: PasswordRules
    throttle: Throttle


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Makes the objects when the service starts, and lets the last hash finish when it stops."""
    settings = cast("PlatformSettings", app.state.service.settings)
    database = cast("Database", app.state.service.database)
    hasher = PasswordHasher(settings.password_parameters, threads=settings.password_threads or None)
    app.state.platform = Application(
        settings=settings,
        database=database,
        hasher=hasher,
        rules=PasswordRules(settings.minimum_password_length, context_words(settings.service_name)),
        throttle=Throttle(
            database,
            Limits(
                attempts_per_minute=settings.attempts_per_minute, mails_per_minute=settings.mails_per_minute
            ),
        ),
    )
    try:
        async with working(settings, database) if settings.mail_in_process else nullcontext():
            yield
    finally:
        hasher.close()


# async, though it waits for nothing: what is not, FastAPI runs on a thread, which costs more than the query
async def current_application(request: Request) -> Application:
    return cast("Application", request.app.state.platform)


CurrentApplication = Annotated[Application, Depends(current_application)]
