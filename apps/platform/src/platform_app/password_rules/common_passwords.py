"""The list of common passwords: zxcvbn's 30,000, gathered from public breaches."""

from functools import cache

from zxcvbn.frequency_lists import (  # type: ignore[import-untyped]  # the package ships no type information
    FREQUENCY_LISTS,
)


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(password.casefold() for password in FREQUENCY_LISTS["passwords"])
