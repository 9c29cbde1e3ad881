from fastapi import Depends, Request, Response

from platform_app.application import API, CurrentApplication
from platform_app.clients import CurrentClient
from platform_app.cross_site import no_foreign_page
from platform_app.redirects import as_location, check_callback
from platform_app.schemas import UserOut
from platform_app.sessions.cookies import set_cookie
from platform_app.sign_in import service
from platform_app.sign_in.schemas import SignInIn, SignInOut
from servicekit.auth import presented_token
from servicekit.routing import Router

router = Router(prefix=API, tags=["sign-in"])


@router.post(
    "/sign-in/email",
    operation_id="signInEmail",
    response_model_exclude_unset=True,
    dependencies=[Depends(no_foreign_page)],
)
async def sign_in_email(
    request: Request,
    response: Response,
    body: SignInIn,
    client: CurrentClient,
    application: CurrentApplication,
) -> SignInOut:
    """Begins a session for whoever knows the password."""
    check_callback(body.callback_url, application.settings.origins)
    user, begun = await service.sign_in(application, body, client, presented_token(request))
    set_cookie(response, application, begun.token, remembered=begun.remembered)
    token = str(begun.session["id"]) if client.browser else begun.token
    if not body.callback_url:
        return SignInOut(redirect=False, token=token, user=UserOut.of(user))
    response.headers["Location"] = as_location(body.callback_url)
    return SignInOut(redirect=True, token=token, url=body.callback_url, user=UserOut.of(user))
