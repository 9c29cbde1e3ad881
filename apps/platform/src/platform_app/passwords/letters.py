from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.mail.messages import Letter
from platform_app.mail.outbox import Job
from platform_app.redirects import with_parameters
from platform_app.settings import PlatformSettings
from platform_app.users import service as users
from platform_app.verification import links
from platform_app.verification.links import Purpose


async def password_reset(settings: PlatformSettings, connection: AsyncConnection, job: Job) -> Letter | None:
    """To whoever asked, if the address is somebody's."""
    user = await users.by_email(connection, job.recipient)
    if user is None:
        return None
    token = await links.issue(
        connection,
        Purpose.PASSWORD_RESET,
        user["id"],
        job.recipient,
    )
    name = settings.service_name
    return Letter(
        subject=f"Reset your password at {name}",
        paragraphs=(
            f"Somebody asked to reset the password of your account at {name}.",
            "To choose a new one, follow the link within an hour.",
            "If this was not you, ignore this mail; your password stays as it is.",
        ),
        link=with_parameters(
            f"{settings.api_url}/reset-password/{quote(token)}",
            callbackURL=job.parameters.get("redirect_to") or "/",
        ),
        action="Choose a new password",
    )


async def password_changed(
    settings: PlatformSettings, connection: AsyncConnection, job: Job
) -> Letter | None:
    """Word of a change to the account's owner (OWASP ASVS 5.0, 6.3.7)."""
    del connection, job
    name = settings.service_name
    return Letter(
        subject=f"Your password at {name} was changed",
        paragraphs=(
            f"The password of your account at {name} was changed, and other sessions were ended.",
            "If this was not you, reset it now and look at your sessions.",
        ),
    )
