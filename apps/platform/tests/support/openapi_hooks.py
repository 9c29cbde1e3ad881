"""Signs schemathesis in, as somebody new whenever the last session or user is gone, and has it sign others up.

schemathesis imports this module itself: SCHEMATHESIS_HOOKS names it.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import httpx
import schemathesis
from hypothesis import strategies

# Text at random is neither an address nor a password that anybody may have: half of them should be.
schemathesis.openapi.format(
    "email", strategies.from_regex(r"[a-z]{8,20}@example\.com", fullmatch=True) | strategies.text()
)
schemathesis.openapi.format(
    "password", strategies.from_regex(r"([b-z]{4,9} ){3}[b-z]{4,9}", fullmatch=True) | strategies.text()
)


@schemathesis.auth()
class Newcomer:
    """A program, so it gets its token in the body."""

    def get(self, case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str:
        del case, context
        answer = httpx.post(
            f"{os.environ['PLATFORM_UNDER_TEST']}/api/auth/sign-up/email",
            json={
                "name": "Ann",
                "email": f"{secrets.token_hex(8)}@example.com",
                "password": "correct horse battery staple",
            },
            timeout=60,
        )
        token: str = answer.raise_for_status().json()["token"]
        return token

    def set(self, case: schemathesis.Case[Any], data: str, context: schemathesis.AuthContext) -> None:
        del context
        case.headers["Authorization"] = f"Bearer {data}"
