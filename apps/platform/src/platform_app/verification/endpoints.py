from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse, RedirectResponse

from platform_app.application import API, CurrentApplication
from platform_app.clients import CurrentClient
from platform_app.redirects import check_callback, with_parameters
from platform_app.schemas import Status, UserOut
from platform_app.verification import service
from platform_app.verification.schemas import SendIn, Verified
from servicekit.auth import OptionalUser
from servicekit.problems import Problem
from servicekit.routing import Router

router = Router(prefix=API, tags=["verification"])


@router.post("/send-verification-email", operation_id="sendVerificationEmail")
async def send_verification_email(
    body: SendIn, principal: OptionalUser, client: CurrentClient, application: CurrentApplication
) -> Status:
    """Sends a verification mail, if there is anything to verify; the answer does not tell."""
    check_callback(body.callback_url, application.settings.origins)
    await service.send(application, body.email, body.callback_url, client, principal)
    return Status()


@router.get(
    "/verify-email",
    operation_id="verifyEmail",
    response_model=Verified,
    responses={302: {"description": "To callbackURL, with `error` if the link is not valid"}},
)
async def verify_email(
    token: Annotated[str, Query(max_length=1024)],
    principal: OptionalUser,
    client: CurrentClient,
    application: CurrentApplication,
    callback_url: Annotated[str | None, Query(alias="callbackURL")] = None,
) -> Response:
    """Where the link in a verification mail leads."""
    check_callback(callback_url, application.settings.origins)
    try:
        user = await service.verify(application, token, client, principal)
    except Problem as problem:
        if not callback_url or problem.status >= 429:  # noqa: PLR2004  # from 429 on: not the link's fault
            raise
        return RedirectResponse(with_parameters(callback_url, error=problem.code), status_code=302)
    if callback_url:
        return RedirectResponse(callback_url, status_code=302)
    verified = Verified(user=UserOut.of(user) if user else None)
    return JSONResponse(verified.model_dump(mode="json", by_alias=True))
