from typing import Annotated

from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from platform_app.application import API, CurrentApplication
from platform_app.clients import CurrentClient
from platform_app.passwords import service
from platform_app.passwords.schemas import ChangeIn, ChangeOut, RequestIn, RequestOut, ResetIn
from platform_app.redirects import check_callback, check_redirect, with_parameters
from platform_app.schemas import Status, UserOut
from platform_app.sessions.cookies import set_cookie
from platform_app.sessions.principals import SignedIn
from servicekit.auth import presented_token
from servicekit.routing import Router

router = Router(prefix=API, tags=["passwords"])


@router.post("/change-password", operation_id="changePassword")
async def change_password(  # FastAPI's way to name dependencies
    request: Request,
    response: Response,
    body: ChangeIn,
    principal: SignedIn,
    client: CurrentClient,
    application: CurrentApplication,
) -> ChangeOut:
    """Replaces the password and ends every other session."""
    user, begun = await service.change(application, body, principal, client, presented_token(request))
    if begun is None:
        return ChangeOut(token=None, user=UserOut.of(user))
    set_cookie(response, application, begun.token, remembered=begun.remembered)
    token = str(begun.session["id"]) if client.browser else begun.token
    return ChangeOut(token=token, user=UserOut.of(user))


@router.post("/request-password-reset", operation_id="requestPasswordReset")
async def request_password_reset(
    body: RequestIn, client: CurrentClient, application: CurrentApplication
) -> RequestOut:
    """Sends a reset mail, if the address is somebody's; the answer does not tell."""
    check_redirect(body.redirect_to, application.settings.origins)
    await service.request_reset(application, body.email, body.redirect_to, client)
    return RequestOut()


@router.get(
    "/reset-password/{token}",
    operation_id="resetPasswordCallback",
    status_code=302,
    response_class=RedirectResponse,
)
async def reset_password_callback(
    token: Annotated[str, Path(max_length=1024)],
    callback_url: Annotated[str, Query(alias="callbackURL")],
    application: CurrentApplication,
) -> RedirectResponse:
    """Where the link in a reset mail leads: on to the page that asks for the new password."""
    check_callback(callback_url, application.settings.origins)
    base = str(application.settings.public_url)
    alive = await service.is_alive(application, token)
    found = {"token": token} if alive else {"error": "INVALID_TOKEN"}
    return RedirectResponse(with_parameters(callback_url, base, **found), status_code=302)


@router.post("/reset-password", operation_id="resetPassword")
async def reset_password(
    body: ResetIn,
    client: CurrentClient,
    application: CurrentApplication,
    token: Annotated[str | None, Query(max_length=1024)] = None,
) -> Status:
    """Sets a new password and ends every session."""
    await service.reset(application, body.token or token, body.new_password, client)
    return Status()
