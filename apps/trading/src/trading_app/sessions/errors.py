from __future__ import annotations

from servicekit.problems import InvalidInput, Unavailable


class NoSessionAhead(Unavailable):
    """No trading session is known from here on: the operator has to run `trading seed`."""


class EndsBeforeItStarts(InvalidInput):
    """end must not be before start."""
