from fastapi import Request, Response

from platform_app.application import API, CurrentApplication, current_application
from platform_app.clients import CurrentClient
from platform_app.follow_ups import links
from platform_app.schemas import SessionOut, Status, Success, UserOut
from platform_app.sessions import service
from platform_app.sessions.cookies import clear_cookie, set_cookie
from platform_app.sessions.principals import SignedIn
from platform_app.sessions.schemas import CurrentSession, ListedSession, RevokeIn
from servicekit.auth import optional_user, presented_token
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork

router = Router(prefix=API, tags=["sessions"])


@router.get("/get-session", operation_id="getSession", response_model=CurrentSession | None)
async def get_session(request: Request) -> Response:
    """The session and its user, or null. Slides the session's end, at most once a day."""
    # the busiest route, so not by Depends, whose work is about a twentieth of all it costs
    application, principal = await current_application(request), await optional_user(request)
    token = presented_token(request)
    if principal is None or token is None:
        response = Response(b"null", media_type="application/json")
        if token is not None:
            clear_cookie(response, application)
        return response
    session = principal.session
    slid = None
    if service.needs_sliding(principal):
        async with application.database.begin() as connection:
            slid = await service.slide(connection, principal)
    body = CurrentSession(session=SessionOut.of(slid or session), user=UserOut.of(principal.user))
    response = Response(body.model_dump_json(by_alias=True), media_type="application/json")
    if slid and request.headers.get("authorization") is None:
        set_cookie(response, application, token, remembered=True)
    return response


@router.post("/sign-out", operation_id="signOut")
async def sign_out(
    request: Request,
    response: Response,
    connection: UnitOfWork,
    client: CurrentClient,
    application: CurrentApplication,
) -> Success:
    """Ends the session, if there is one."""
    token = presented_token(request)
    if token:
        await service.sign_out(connection, token, client)
    clear_cookie(response, application)
    return Success()


@router.get(
    "/list-sessions",
    operation_id="listUserSessions",
    responses=links(revokeSession={"token": "$response.body#/0/token"}),
)
async def list_sessions(principal: SignedIn, connection: UnitOfWork) -> list[ListedSession]:
    """The user's sessions that are alive."""
    sessions = await service.active(connection, principal.user_id)
    return [ListedSession.of(row, current=row["id"] == principal.session_id) for row in sessions]


@router.post("/revoke-session", operation_id="revokeSession")
async def revoke_session(
    body: RevokeIn, principal: SignedIn, connection: UnitOfWork, client: CurrentClient
) -> Status:
    """Ends one of the user's sessions."""
    await service.revoke(connection, principal, body.token, client)
    return Status()


@router.post("/revoke-sessions", operation_id="revokeSessions")
async def revoke_sessions(principal: SignedIn, connection: UnitOfWork, client: CurrentClient) -> Status:
    """Ends all of the user's sessions."""
    await service.revoke_all(connection, principal, client, but_this=False)
    return Status()


@router.post("/revoke-other-sessions", operation_id="revokeOtherSessions")
async def revoke_other_sessions(principal: SignedIn, connection: UnitOfWork, client: CurrentClient) -> Status:
    """Ends all of the user's sessions but the one that asks."""
    await service.revoke_all(connection, principal, client, but_this=True)
    return Status()
