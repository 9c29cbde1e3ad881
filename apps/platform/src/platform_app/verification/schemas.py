from pydantic import Field

from platform_app.addresses import EmailAddress
from platform_app.schemas import Input, Output, UserOut


class SendIn(Input):
    email: EmailAddress
    callback_url: str | None = Field(None, alias="callbackURL")


class Verified(Output):
    status: bool = True
    user: UserOut | None = Field(description="The user, where the address changed")
