from platform_app import audit, mail
from platform_app.application import Application
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.credentials import service as credentials
from platform_app.credentials.errors import InvalidPassword
from platform_app.mail import Template
from platform_app.passwords.errors import InvalidResetToken
from platform_app.passwords.schemas import ChangeIn
from platform_app.rows import Row
from platform_app.sessions import service as sessions
from platform_app.sessions.service import Begun
from platform_app.throttling import Scope
from platform_app.users import service as users
from platform_app.verification import links
from platform_app.verification.links import Purpose
from servicekit.auth import Principal


async def change(
    application: Application, body: ChangeIn, principal: Principal, client: Client, presented: str | None
) -> tuple[Row, Begun | None]:
    """Replace a password by whoever knows it; every other session ends.

    Raises:
        PasswordRefused: the new one may not be set.
        InvalidPassword: the current one is wrong.
    """
    user = principal.user
    password = application.rules.check(body.new_password, user["email"], user["name"])
    try:
        proof = await credentials.prove_again(application, principal.user_id, body.current_password, client)
    except InvalidPassword as problem:
        async with application.database.begin() as connection:
            await audit.record(
                connection, Event.PASSWORD_CHANGE, client, user_id=principal.user_id, failure=problem.code
            )
        raise
    password_hash = await application.hasher.hash(password)
    begun = None
    async with application.database.begin() as connection:
        if await credentials.confirm(connection, proof) is None:
            raise InvalidPassword
        await credentials.replace(connection, principal.user_id, password_hash)
        await sessions.end_all(connection, principal.user_id, but=principal.session_id)
        await links.forget(connection, principal.user_id, Purpose.PASSWORD_RESET)
        if body.revoke_other_sessions:
            remember = bool(principal.session["remembered"])
            begun = await sessions.begin(
                connection, principal.user_id, client, remember=remember, presented=presented
            )
        await application.throttle.forget(connection, Scope.PASSWORD, user["email"], client)
        await mail.enqueue(connection, Template.PASSWORD_CHANGED, user["email"])
        await audit.record(
            connection,
            Event.PASSWORD_CHANGE,
            client,
            user_id=principal.user_id,
            session_id=principal.session_id,
        )
    return user, begun


async def request_reset(
    application: Application, email: str, redirect_to: str | None, client: Client
) -> None:
    """Write down that somebody wants a reset; whose address it is, the worker finds out."""
    await application.throttle.by_address(Scope.MAIL, client)
    may = await application.throttle.may_mail(Template.PASSWORD_RESET, email)
    async with application.database.begin() as connection:
        if may:
            await mail.enqueue(connection, Template.PASSWORD_RESET, email, redirect_to=redirect_to)
        failure = None if may else "TOO_MANY_MAILS"
        await audit.record(connection, Event.PASSWORD_RESET_REQUEST, client, failure=failure)


async def is_alive(application: Application, token: str) -> bool:
    async with application.database.begin() as connection:
        return await links.is_alive(connection, token, Purpose.PASSWORD_RESET)


async def reset(application: Application, token: str | None, new_password: str, client: Client) -> None:
    """Set a new password with a link's secret; every session and every other link of the user ends.

    The secret is used up in the transaction that sets the password: of fifty requests at once, one succeeds, and a
    crash in between leaves the link as it was.

    Raises:
        PasswordRefused: the password may not be set; the link stays good.
        InvalidResetToken: unknown, used, or more than an hour old.
    """
    if not token:
        raise InvalidResetToken
    await application.throttle.by_address(Scope.TOKEN, client)
    password = application.rules.check(new_password)
    if not await is_alive(application, token):
        raise InvalidResetToken
    password_hash = await application.hasher.hash(password)
    async with application.database.begin() as connection:
        found = await links.use_up(connection, token, Purpose.PASSWORD_RESET)
        user = await users.by_id(connection, found["user_id"]) if found else None
        if user is None:
            raise InvalidResetToken
        application.rules.check(new_password, user["email"], user["name"])
        if not await credentials.replace(connection, user["id"], password_hash):
            await credentials.add(connection, user["id"], password_hash)
        await sessions.end_all(connection, user["id"])
        await links.forget(connection, user["id"], Purpose.PASSWORD_RESET, Purpose.EMAIL_CHANGE)
        for scope in (Scope.SIGN_IN, Scope.PASSWORD):
            await application.throttle.forget(connection, scope, user["email"], client)
        await mail.enqueue(connection, Template.PASSWORD_CHANGED, user["email"])
        await audit.record(connection, Event.PASSWORD_RESET, client, user_id=user["id"])
