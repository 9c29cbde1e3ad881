from platform_app import audit
from platform_app.addresses import is_address
from platform_app.application import Application
from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.credentials import service as credentials
from platform_app.password_rules import normalise
from platform_app.rows import Row
from platform_app.sessions import service as sessions
from platform_app.sessions.service import Begun
from platform_app.sign_in.errors import BannedUser, EmailNotVerified, InvalidEmail, InvalidEmailOrPassword
from platform_app.sign_in.schemas import SignInIn
from platform_app.throttling import Scope
from servicekit.problems import Problem


async def sign_in(
    application: Application, body: SignInIn, client: Client, presented: str | None
) -> tuple[Row, Begun]:
    """Begin a session for whoever proves to know the password.

    Raises:
        InvalidEmail, PasswordTooLong: before anything is counted or looked up.
        TooManyRequests: too many tries, from the address or for the account.
        InvalidEmailOrPassword: whether or not there is such a user, and after the same time.
        BannedUser, EmailNotVerified: told only to who knows the password.
    """
    if not is_address(body.email):
        raise InvalidEmail
    normalise(body.password)
    await application.throttle.by_address(Scope.SIGN_IN, client)
    credential = await credentials.by_email(application, body.email)
    proof = await credentials.prove(application, body.password, credential, Scope.SIGN_IN, body.email, client)
    if proof is None:
        raise await _failure(application, client, InvalidEmailOrPassword(), credential)
    async with application.database.begin() as connection:
        user = await credentials.confirm(connection, proof)
        refusal = _refusal(application, user)
        if user is not None:  # the password was right, whatever else is in the way
            await application.throttle.forget(connection, Scope.SIGN_IN, body.email, client)
        if refusal is None and user is not None:
            if proof.replacement:
                await credentials.replace(connection, user["id"], proof.replacement)
            begun = await sessions.begin(
                connection, user["id"], client, remember=body.remember_me, presented=presented
            )
            await audit.record(
                connection, Event.SIGN_IN, client, user_id=user["id"], session_id=begun.session["id"]
            )
            return user, begun
    raise await _failure(application, client, refusal or InvalidEmailOrPassword(), credential)


def _refusal(application: Application, user: Row | None) -> Problem | None:
    if user is None:
        return InvalidEmailOrPassword()
    if user["banned_at"] is not None:
        return BannedUser()
    if application.settings.require_email_verification and not user["email_verified"]:
        return EmailNotVerified()
    return None


async def _failure(
    application: Application, client: Client, problem: Problem, credential: Row | None
) -> Problem:
    """Keep a failed try, in a transaction of its own: the request's would be rolled back by the answer."""
    async with application.database.begin() as connection:
        user_id = credential["id"] if credential else None
        await audit.record(connection, Event.SIGN_IN, client, user_id=user_id, failure=problem.code)
    return problem
