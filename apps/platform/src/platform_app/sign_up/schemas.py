from typing import Annotated

from pydantic import Field

from platform_app.addresses import EmailAddress
from platform_app.names import Name
from platform_app.profile.schemas import Image
from platform_app.schemas import Input, Output, Password, UserOut


class SignUpIn(Input):
    name: Name
    email: EmailAddress
    password: Annotated[Password, Field(min_length=1)]
    image: Image | None = None
    callback_url: str | None = Field(None, alias="callbackURL")
    remember_me: bool = True


class SignUpOut(Output):
    token: str | None = Field(description="As at sign-in; null where the address must be verified first")
    user: UserOut
