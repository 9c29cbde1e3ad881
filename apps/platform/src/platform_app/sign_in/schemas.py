from pydantic import Field

from platform_app.schemas import Input, Output, Password, UserOut


class SignInIn(Input):
    email: str = Field(examples=["ada@example.com"])
    password: Password
    callback_url: str | None = Field(None, alias="callbackURL")
    remember_me: bool = True


class SignInOut(Output):
    redirect: bool
    token: str = Field(
        description="The token, or for browsers, which get it by cookie only, the session's id"
    )
    url: str | None = None
    user: UserOut
