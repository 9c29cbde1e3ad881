"""Problems: errors that carry their HTTP status and say in their docstring what the caller reads."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """Something went wrong here."""

    status: int = 500
    code: str = "INTERNAL_SERVER_ERROR"

    def __init__(self, message: str | None = None, *, retry_after: int | None = None, **members: Any) -> None:  # noqa: ANN401  any JSON
        """Make a problem.

        Args:
            message: instead of the class's docstring.
            retry_after: seconds after which another try may go better.
            members: further members of the problem's JSON object.
        """
        self.message = message if message is not None else inspect.cleandoc(type(self).__doc__ or "")
        self.members = members
        self.headers: dict[str, str] = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(self.message)


class BadRequest(Problem):
    """The request could not be understood."""

    status = 400
    code = "BAD_REQUEST"


class BrokenOff(BadRequest):
    """The client left before its request was complete."""

    code = "BROKEN_OFF"


class Unauthorized(Problem):
    """Sign in first."""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, message: str | None = None, **members: Any) -> None:  # noqa: ANN401  any JSON
        """Make it, with the challenge that RFC 9110 demands beside a 401."""
        super().__init__(message, **members)
        self.headers["WWW-Authenticate"] = "Bearer"


class Forbidden(Problem):
    """You may not do this."""

    status = 403
    code = "FORBIDDEN"


class NotFound(Problem):
    """There is no such thing."""

    status = 404
    code = "NOT_FOUND"


class BodyTooSlow(Problem):
    """The request body took too long to arrive."""

    status = 408
    code = "REQUEST_TIMEOUT"

    def __init__(self, message: str | None = None, **members: Any) -> None:  # noqa: ANN401  any JSON
        """Make it, with the end of the connection that RFC 9110 demands beside a 408: the rest may still come."""
        super().__init__(message, **members)
        self.headers["Connection"] = "close"


class Conflict(Problem):
    """This contradicts what is already there."""

    status = 409
    code = "CONFLICT"


class BodyTooLarge(Problem):
    """The request body is too large."""

    status = 413
    code = "BODY_TOO_LARGE"


class UnsupportedMediaType(Problem):
    """Send the body as application/json."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class InvalidInput(Problem):
    """The request is not valid."""

    status = 422
    code = "VALIDATION_ERROR"


class TooManyRequests(Problem):
    """Too many requests; try again later."""

    status = 429
    code = "TOO_MANY_REQUESTS"


class Unavailable(Problem):
    """The service cannot reach its database right now; try again shortly."""

    status = 503
    code = "UNAVAILABLE"

    def __init__(self, message: str | None = None, *, retry_after: int = 1, **members: Any) -> None:  # noqa: ANN401  any JSON
        """Make it, with a Retry-After of a second unless told otherwise."""
        super().__init__(message, retry_after=retry_after, **members)


class HttpProblem(Problem):
    """A status that the framework chose: no such route, a method that is not allowed."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Make it from the framework's exception.

        Args:
            status: the HTTP status.
            headers: what the framework sends along, such as Allow.
        """
        super().__init__(f"{HTTPStatus(status).phrase}.")
        self.status = status
        self.code = HTTPStatus(status).name
        self.headers.update(headers or {})
