from typing import cast

from psycopg import Error
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app import audit, mail
from platform_app.application import Application
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.credentials import service as credentials
from platform_app.mail import Template
from platform_app.profile.errors import (
    EmailCanNotBeUpdated,
    EmailIsTheSame,
    NoFieldsToUpdate,
    SessionExpired,
    UserInUse,
)
from platform_app.profile.schemas import UpdateIn
from platform_app.rows import Row
from platform_app.sessions import service as sessions
from platform_app.throttling import Scope
from platform_app.users import service as users
from servicekit.auth import Principal


async def update(
    connection: AsyncConnection, body: UpdateIn, principal: Principal, client: Client
) -> Row | None:
    """Change the name or the picture.

    Raises:
        EmailCanNotBeUpdated: an address is changed by proving it.
        NoFieldsToUpdate: there is nothing else that a user may set; a role least of all.
    """
    if body.email:
        raise EmailCanNotBeUpdated
    values = body.model_dump(include={"name", "image"}, exclude_unset=True)
    if values.get("name", "") is None:
        del values["name"]
    if not values:
        raise NoFieldsToUpdate
    user = await users.change(connection, principal.user_id, **values)
    fields = sorted(values)
    await audit.record(connection, Event.USER_UPDATE, client, user_id=principal.user_id, fields=fields)
    return user


async def request_email_change(  # who wants what, from where, and what shows that they may
    application: Application,
    new_email: str,
    callback_url: str | None,
    password: str | None,
    principal: Principal,
    client: Client,
) -> None:
    """Ask for a mail to the new address; nothing changes before its link comes back.

    Raises:
        EmailIsTheSame: it is the user's own.
        SessionNotFresh: neither a fresh session nor the password.
        InvalidPassword: it is wrong.
    """
    if new_email == principal.user["email"]:
        raise EmailIsTheSame
    await application.throttle.by_address(Scope.MAIL, client)
    if password is not None:
        await _prove(application, password, principal, client)
    else:
        sessions.assert_fresh(principal)
    may = await application.throttle.may_mail(Template.EMAIL_CHANGE, new_email)
    async with application.database.begin() as connection:
        if may:
            await mail.enqueue(
                connection,
                Template.EMAIL_CHANGE,
                new_email,
                callback_url=callback_url,
                user_id=str(principal.user_id),
                old_email=principal.user["email"],
            )
        await audit.record(
            connection,
            Event.EMAIL_CHANGE_REQUEST,
            client,
            user_id=principal.user_id,
            failure=None if may else "TOO_MANY_MAILS",
        )


async def delete(
    application: Application, password: str | None, principal: Principal, client: Client
) -> None:
    """Delete the user with all that is the user's here.

    Raises:
        SessionExpired: neither a fresh session nor the password.
        InvalidPassword: it is wrong.
        UserInUse: another service's tables point at the user.
    """
    if password:
        await _prove(application, password, principal, client)
    elif not sessions.is_fresh(principal):
        raise SessionExpired
    try:
        async with application.database.begin() as connection:
            await users.remove(connection, principal.user_id)
            await audit.record(connection, Event.USER_DELETE, client, user_id=principal.user_id)
    except IntegrityError as error:
        pointing = cast("Error", error.orig).diag  # the rows that point at the user
        raise UserInUse(str(pointing.schema_name), str(pointing.table_name)) from None


async def _prove(application: Application, password: str, principal: Principal, client: Client) -> None:
    await credentials.prove_again(application, principal.user_id, password, client)
    async with application.database.begin() as connection:
        await application.throttle.forget(connection, Scope.PASSWORD, principal.user["email"], client)
