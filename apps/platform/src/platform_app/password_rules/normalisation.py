"""One spelling for each password, so that it is the same password on every keyboard."""

import unicodedata

from platform_app.password_rules.errors import PasswordTooLong

MAXIMUM_LENGTH = 128

# NFKC can make a string longer, up to 18 times for one code point; a longer input than this cannot be a password
# that fits, and is refused before the work of normalising it.
LONGEST_INPUT = 18 * MAXIMUM_LENGTH


def normalise(password: str) -> str:
    """NFKC, as NIST SP 800-63B-4 section 3.1.1.2 and better-auth have it.

    Raises:
        PasswordTooLong: it has more than 128 code points after normalisation.
    """
    if len(password) > LONGEST_INPUT:
        raise PasswordTooLong
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) > MAXIMUM_LENGTH:
        raise PasswordTooLong
    return normal


def assert_not_too_long(password: str) -> None:
    normalise(password)
