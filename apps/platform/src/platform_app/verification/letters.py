from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.mail.messages import Letter
from platform_app.mail.outbox import Job
from platform_app.redirects import with_parameters
from platform_app.settings import PlatformSettings
from platform_app.users import service as users
from platform_app.verification import links
from platform_app.verification.links import Purpose

IGNORE = "If this was not you, ignore this mail; nothing will happen."


def link(settings: PlatformSettings, token: str, callback_url: str | None) -> str:
    return with_parameters(f"{settings.api_url}/verify-email", token=token, callbackURL=callback_url or "/")


async def email_verification(
    settings: PlatformSettings, connection: AsyncConnection, job: Job
) -> Letter | None:
    """To an address that is somebody's and not verified yet."""
    user = await users.by_email(connection, job.recipient)
    if user is None or user["email_verified"]:
        return None
    token = await links.issue(
        connection,
        Purpose.EMAIL_VERIFICATION,
        user["id"],
        job.recipient,
    )
    name = settings.service_name
    return Letter(
        subject=f"Verify your address for {name}",
        paragraphs=(
            f"Somebody signed up for {name} with this address. To show that it is yours, follow the link within an hour.",
            IGNORE,
        ),
        link=link(settings, token, job.parameters.get("callback_url")),
        action="Verify my address",
    )


async def sign_up(settings: PlatformSettings, connection: AsyncConnection, job: Job) -> Letter | None:
    """After a sign-up: the link, or to whoever has an account already, word of the try.

    Where an address need not be verified the person who signs up reads on the page that it is taken, so the
    owner is not told.
    """
    user = await users.by_email(connection, job.recipient)
    if user is None or not user["email_verified"]:
        return await email_verification(settings, connection, job)
    if not settings.require_email_verification:
        return None
    name = settings.service_name
    return Letter(
        subject=f"You already have an account at {name}",
        paragraphs=(
            f"Somebody tried to sign up for {name} with this address, which already has an account.",
            "If it was you, sign in instead, or reset your password there. If not, ignore this mail.",
        ),
    )


async def email_change(settings: PlatformSettings, connection: AsyncConnection, job: Job) -> Letter | None:
    """To the new address of somebody who wants to change it, unless it is taken.

    Whose wish it is, the user's id says: by the time that the mail server takes the mail, the old address may be
    somebody else's, whose account the link would give away.
    """
    if await users.by_email(connection, job.recipient) is not None:
        return None
    user = await users.by_id(connection, UUID(job.parameters["user_id"]))
    if user is None or user["email"] != job.parameters["old_email"]:
        return None
    token = await links.issue(
        connection,
        Purpose.EMAIL_CHANGE,
        user["id"],
        user["email"],
        new_email=job.recipient,
    )
    name = settings.service_name
    return Letter(
        subject=f"Confirm your new address for {name}",
        paragraphs=(
            f"Somebody with an account at {name} wants to use this address. To confirm, follow the link within an hour.",
            IGNORE,
        ),
        link=link(settings, token, job.parameters.get("callback_url")),
        action="Confirm my new address",
    )


async def email_changed(settings: PlatformSettings, connection: AsyncConnection, job: Job) -> Letter | None:
    """To the old address, after the change."""
    del connection, job
    name = settings.service_name
    return Letter(
        subject=f"Your address at {name} was changed",
        paragraphs=(
            f"Your account at {name} has a new address; this one is no longer in use there.",
            "If this was not you, get in touch with us now.",
        ),
    )
