from fastapi import Response

from platform_app.application import API, CurrentApplication
from platform_app.clients import CurrentClient
from platform_app.profile import service
from platform_app.profile.schemas import ChangeEmailIn, Deleted, DeleteIn, UpdateIn
from platform_app.redirects import check_callback
from platform_app.schemas import Status
from platform_app.sessions.cookies import clear_cookie
from platform_app.sessions.principals import SignedIn
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork

router = Router(prefix=API, tags=["profile"])


@router.post("/update-user", operation_id="updateUser")
async def update_user(
    body: UpdateIn, principal: SignedIn, connection: UnitOfWork, client: CurrentClient
) -> Status:
    """Changes the name or the picture."""
    await service.update(connection, body, principal, client)
    return Status()


@router.post("/change-email", operation_id="changeEmail")
async def change_email(
    body: ChangeEmailIn, principal: SignedIn, client: CurrentClient, application: CurrentApplication
) -> Status:
    """Sends a mail to the new address, unless it is taken; the answer does not tell."""
    check_callback(body.callback_url, application.settings.origins)
    await service.request_email_change(
        application, body.new_email, body.callback_url, body.password, principal, client
    )
    return Status()


@router.post("/delete-user", operation_id="deleteUser")
async def delete_user(
    response: Response,
    principal: SignedIn,
    client: CurrentClient,
    application: CurrentApplication,
    body: DeleteIn,
) -> Deleted:
    """Deletes the user who asks."""
    check_callback(body.callback_url, application.settings.origins)
    await service.delete(application, body.password, principal, client)
    clear_cookie(response, application)
    return Deleted()
