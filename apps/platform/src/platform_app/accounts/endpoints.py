from platform_app.accounts import service
from platform_app.accounts.schemas import AccountOut
from platform_app.application import API
from platform_app.sessions.principals import SignedIn
from servicekit.routing import Router
from servicekit.unit_of_work import UnitOfWork

router = Router(prefix=API, tags=["accounts"])


@router.get("/list-accounts", operation_id="listUserAccounts")
async def list_accounts(principal: SignedIn, connection: UnitOfWork) -> list[AccountOut]:
    """The ways in which the user can sign in; never a password or a token."""
    return await service.of_user(connection, principal.user_id)
