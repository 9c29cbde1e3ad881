"""Who is signed in, with better-auth's words for nobody."""

from typing import Annotated

from fastapi import Depends

from platform_app.sessions.errors import NotSignedIn
from servicekit.auth import OptionalUser, Principal


async def signed_in(principal: OptionalUser) -> Principal:
    if principal is None:
        raise NotSignedIn
    return principal


SignedIn = Annotated[Principal, Depends(signed_in)]
