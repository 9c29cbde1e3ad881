"""What can be done with an answer, as links of the OpenAPI document: schemathesis walks along them."""

from typing import Any


def links(**operations: dict[str, str]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the operations that take something of its answer, or of what it was asked with.

    Args:
        operations: by operation id, the members of its body and where each comes from.
    """
    return {
        200: {
            "links": {name: {"operationId": name, "requestBody": body} for name, body in operations.items()}
        }
    }
