"""The rules a new password must meet (ASVS 5.0, 6.2; NIST SP 800-63B-4, 3.1.1.2). No composition rules."""

import re
import unicodedata
from dataclasses import dataclass

from platform_app.password_rules.common_passwords import common_passwords
from platform_app.password_rules.errors import PasswordTooCommon, PasswordTooPredictable, PasswordTooShort
from platform_app.password_rules.normalisation import normalise
from platform_app.password_rules.patterns import period, pieces

FEWEST_PIECES = 4  # four random words pass; a common password with a number behind it does not
SHORTEST_PERIOD = 8  # a shorter block, repeated, is a short password typed again
SHORTEST_WORD = 3


def context_words(*texts: str) -> frozenset[str]:
    """The words of an address, a name or a service that a stranger would try first."""
    words: set[str] = set()
    for text in texts:
        normal = unicodedata.normalize("NFKC", text).casefold()
        parts = [normal, *normal.split("@"), *re.split(r"[\W_]+", normal)]
        words.update(part for part in parts if len(part) >= SHORTEST_WORD)
    return frozenset(words)


@dataclass(frozen=True)
class PasswordRules:
    """What a new password must meet.

    Args:
        minimum: code points after NFKC.
        service: words that name the service.
    """

    minimum: int
    service: frozenset[str] = frozenset()

    def check(self, password: str, *context: str) -> str:
        """The password as it is to be hashed.

        Args:
            password: as the client sent it.
            context: the user's address and name.

        Raises:
            PasswordRefused: the rule it breaks.
        """
        normal = normalise(password)
        if len(normal) < self.minimum:
            raise PasswordTooShort
        folded = normal.casefold()
        if folded in common_passwords():
            raise PasswordTooCommon
        known = self.service | context_words(*context)
        block = period(folded)
        if block < min(SHORTEST_PERIOD, self.minimum):
            raise PasswordTooPredictable
        again = int(2 * block <= len(folded))  # however often a block is typed again, that is one guess more
        once = folded[:block] if again else folded
        if pieces(once, known, common_passwords()) + again < FEWEST_PIECES:
            raise PasswordTooPredictable
        return normal
