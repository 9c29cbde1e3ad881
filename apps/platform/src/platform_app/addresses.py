"""E-mail addresses: what one looks like, and the one spelling that is kept."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

LONGEST = 254  # RFC 5321: a path of 256 octets has two angle brackets

# better-auth's own pattern (zod's z.email()), so that both accept the same addresses. It is ASCII without blanks,
# quotes or angle brackets: nothing in it can end a mail's header.
_ADDRESS = re.compile(
    r"(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+\-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}",
    re.ASCII,
)


def is_address(text: str) -> bool:
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def _checked(text: str) -> str:
    if not is_address(text):
        raise ValueError("Invalid email address")
    return text.lower()


EmailAddress = Annotated[
    str,
    StringConstraints(max_length=LONGEST),
    AfterValidator(_checked),
    Field(examples=["ada@example.com"], json_schema_extra={"format": "email"}),
]
"""A valid address, in lower case."""
