from pydantic import Field

from platform_app.schemas import Input, Output, SessionOut, UserOut


class ListedSession(SessionOut):
    current: bool = Field(description="Whether it is the one that asks")


class CurrentSession(Output):
    session: SessionOut
    user: UserOut


class RevokeIn(Input):
    token: str = Field(max_length=512, description="The session's id, as list-sessions gives it")
