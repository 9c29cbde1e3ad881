"""From any exception to one shape of answer: RFC 9457 with the API's own `code` and `message` beside it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from servicekit.outages import is_outage
from servicekit.problems import HttpProblem, InvalidInput, Problem, Unavailable
from servicekit.routing import allowed_methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"

RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "title": "Problem",
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "code", "message"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "code": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                        "message": {"type": "string"},
                        "request_id": {"type": "string"},
                    },
                }
            }
        },
    }
}
"""What every operation of the OpenAPI document says of its errors."""


def named_code(problem: Problem) -> str | int:
    """Give the code that a problem's class names."""
    return problem.code


@dataclass(frozen=True)
class Renderer:
    """Renders every exception of one service.

    Args:
        invalid_status: the status of a request that is not valid; APIs differ.
        code_of: how this API writes a problem's code.
    """

    invalid_status: int = InvalidInput.status
    code_of: Callable[[Problem], str | int] = named_code

    def problem(self, error: Exception) -> Problem:
        """Give the problem that an exception stands for.

        Args:
            error: anything that an endpoint or the framework raised.
        """
        if isinstance(error, Problem):
            return error
        if isinstance(error, RequestValidationError):
            return self._invalid(error)
        if isinstance(error, HTTPException):
            return HttpProblem(error.status_code, dict(error.headers or {}))
        if is_outage(error):
            return Unavailable()
        return Problem()

    def response(self, error: Exception, request_id: str) -> JSONResponse:
        """Render an exception.

        Args:
            error: anything that an endpoint or the framework raised.
            request_id: by which the caller's report finds our log.
        """
        problem = self.problem(error)
        body = {
            "type": "about:blank",
            "title": HTTPStatus(problem.status).phrase,
            "status": problem.status,
            "detail": problem.message,
            "code": self.code_of(problem),
            "message": problem.message,
            "request_id": request_id,
            **problem.members,
        }
        return JSONResponse(body, problem.status, problem.headers, media_type=MEDIA_TYPE)

    async def handle(self, request: Request, error: Exception) -> JSONResponse:
        """Render what the framework would otherwise render in a shape of its own."""
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            error = HTTPException(error.status_code, headers={"Allow": allowed_methods(request)})
        return self.response(error, request.state.request_id)

    def _invalid(self, error: RequestValidationError) -> InvalidInput:
        # never the input itself: it may be a password
        found = [
            {"at": ".".join(str(part) for part in item["loc"]), "message": str(item["msg"])}
            for item in error.errors()
        ]
        problem = InvalidInput(f"{found[0]['at']}: {found[0]['message']}", errors=found)
        problem.status = self.invalid_status
        return problem
