"""Names, of people and of the service: one line of text."""

from typing import Annotated

from pydantic import AfterValidator, Field

LONGEST = 200


def one_line(text: str) -> str:
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in text):
        raise ValueError("no control characters")
    return text


Name = Annotated[str, Field(max_length=LONGEST, examples=["Ada"]), AfterValidator(one_line)]
