from pydantic import Field

from platform_app.addresses import EmailAddress
from platform_app.schemas import Input, Output, Password, UserOut


class ChangeIn(Input):
    new_password: Password
    current_password: Password
    revoke_other_sessions: bool = Field(
        default=False, description="Also begin a new session; the others end in any case"
    )


class ChangeOut(Output):
    token: str | None = Field(description="As at sign-in, where a new session was begun")
    user: UserOut


class RequestIn(Input):
    email: EmailAddress
    redirect_to: str | None = None


class RequestOut(Output):
    status: bool = True
    message: str = "If this email exists in our system, check your email for the reset link"


class ResetIn(Input):
    new_password: Password
    token: str | None = Field(None, max_length=1024)
