from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app import audit, mail
from platform_app.application import Application
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.mail import Template
from platform_app.rows import Row
from platform_app.sign_up.errors import UserAlreadyExists
from platform_app.throttling import Scope
from platform_app.users import service as users
from platform_app.verification import links
from platform_app.verification.errors import EmailAlreadyVerified, EmailMismatch, InvalidToken, InvalidUser
from platform_app.verification.links import Purpose
from servicekit.auth import Principal


async def send(
    application: Application,
    email: str,
    callback_url: str | None,
    client: Client,
    principal: Principal | None,
) -> None:
    """Ask for a verification mail.

    Raises:
        EmailMismatch, EmailAlreadyVerified: told only to the user it is about.
    """
    if principal is not None and principal.user["email"] != email:
        raise EmailMismatch
    if principal is not None and principal.user["email_verified"]:
        raise EmailAlreadyVerified
    await application.throttle.by_address(Scope.MAIL, client)
    may = await application.throttle.may_mail(Template.EMAIL_VERIFICATION, email)
    async with application.database.begin() as connection:
        if may:
            await mail.enqueue(connection, Template.EMAIL_VERIFICATION, email, callback_url=callback_url)
        await audit.record(
            connection,
            Event.EMAIL_VERIFICATION_REQUEST,
            client,
            user_id=principal.user_id if principal else None,
            failure=None if may else "TOO_MANY_MAILS",
        )


async def verify(
    application: Application, token: str, client: Client, principal: Principal | None
) -> Row | None:
    """Use a link up: the user, where the address changed; None, where it was only verified.

    Raises:
        InvalidToken: unknown, used, or more than an hour old.
        InvalidUser: somebody else is signed in here.
        UserAlreadyExists: the new address was taken in the meantime.
    """
    await application.throttle.by_address(Scope.TOKEN, client)
    async with application.database.begin() as connection:
        found = await links.use_up(connection, token, Purpose.EMAIL_VERIFICATION, Purpose.EMAIL_CHANGE)
        if found is None:
            raise InvalidToken
        if found["purpose"] == Purpose.EMAIL_CHANGE:
            return await _change(connection, found, client, principal)
        user = await users.verify(connection, found["user_id"], found["identifier"])
        if user is None:
            raise InvalidToken
        await links.forget(connection, user["id"], Purpose.EMAIL_VERIFICATION)
        await audit.record(connection, Event.EMAIL_VERIFICATION, client, user_id=user["id"])
    return None


async def _change(
    connection: AsyncConnection, found: Row, client: Client, principal: Principal | None
) -> Row:
    user_id: UUID = found["user_id"]
    if principal is not None and principal.user_id != user_id:
        raise InvalidUser
    new, old = found["payload"]["new_email"], found["identifier"]
    try:
        user = await users.move(connection, user_id, old, new)
    except IntegrityError:  # the one constraint it can break: an address is one user's
        raise UserAlreadyExists from None
    if user is None:
        raise InvalidToken
    # what was sent to the old address must not work any more
    await links.forget(
        connection, user_id, Purpose.EMAIL_CHANGE, Purpose.EMAIL_VERIFICATION, Purpose.PASSWORD_RESET
    )
    await mail.enqueue(connection, Template.EMAIL_CHANGED, old)
    await audit.record(connection, Event.EMAIL_CHANGE, client, user_id=user_id)
    return user
