from fastapi import Depends, Request, Response

from platform_app.application import API, CurrentApplication
from platform_app.clients import CurrentClient
from platform_app.cross_site import no_foreign_page
from platform_app.follow_ups import links
from platform_app.redirects import check_callback
from platform_app.schemas import UserOut
from platform_app.sessions.cookies import set_cookie
from platform_app.sign_up import service
from platform_app.sign_up.schemas import SignUpIn, SignUpOut
from servicekit.auth import presented_token
from servicekit.routing import Router

router = Router(prefix=API, tags=["sign-up"])


@router.post(
    "/sign-up/email",
    operation_id="signUpWithEmailAndPassword",
    dependencies=[Depends(no_foreign_page)],
    responses=links(
        signInEmail={"email": "$request.body#/email", "password": "$request.body#/password"},
        requestPasswordReset={"email": "$response.body#/user/email"},
        sendVerificationEmail={"email": "$response.body#/user/email"},
    ),
)
async def sign_up_email(
    request: Request,
    response: Response,
    body: SignUpIn,
    client: CurrentClient,
    application: CurrentApplication,
) -> SignUpOut:
    """Makes a user and begins its first session, unless the address must be verified first."""
    check_callback(body.callback_url, application.settings.origins)
    user, begun = await service.sign_up(application, body, client, presented_token(request))
    if begun is None:
        return SignUpOut(token=None, user=UserOut.of(user))
    set_cookie(response, application, begun.token, remembered=begun.remembered)
    token = str(begun.session["id"]) if client.browser else begun.token
    return SignUpOut(token=token, user=UserOut.of(user))
