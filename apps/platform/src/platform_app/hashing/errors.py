"""What can stop a hash."""

from servicekit.problems import Unavailable


class HashingBusy(Unavailable):
    """Too many sign-ins at once. Try again in a moment."""
