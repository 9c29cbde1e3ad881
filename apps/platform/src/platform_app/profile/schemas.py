from typing import Annotated, Any

from pydantic import AfterValidator, Field

from platform_app.addresses import EmailAddress
from platform_app.names import Name, one_line
from platform_app.schemas import Input, Output, Password

LONGEST_URL = 2048

Image = Annotated[
    str, Field(max_length=LONGEST_URL, examples=["https://example.com/ada.png"]), AfterValidator(one_line)
]


class UpdateIn(Input):
    name: Name | None = None
    image: Image | None = None
    email: Any = Field(None, description="Refused: see change-email")


class ChangeEmailIn(Input):
    new_email: EmailAddress
    callback_url: str | None = Field(None, alias="callbackURL")
    password: Password | None = Field(None, description="Instead of a fresh session")


class DeleteIn(Input):
    password: Password | None = Field(None, description="Instead of a fresh session")
    callback_url: str | None = Field(None, alias="callbackURL")


class Deleted(Output):
    success: bool = True
    message: str = "User deleted"
