from uuid import UUID

from platform_app.schemas import Moment, Output


class AccountOut(Output):
    id: UUID
    provider_id: str
    account_id: str
    user_id: UUID
    scopes: list[str]
    created_at: Moment
    updated_at: Moment
