"""Why a command could not do what was asked: its docstring is what the operator reads, its code what a script does.

As with Caravan: 1 failed, 5 no connection in time.
"""

import inspect


class CommandFailed(Exception):
    """The command failed."""

    exit_code = 1

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class NoSuchUser(CommandFailed):
    """There is no user with this address."""


class NoSuchSession(CommandFailed):
    """There is no session with this id."""


class UserExists(CommandFailed):
    """There is a user with this address already."""


class NotAnAddress(CommandFailed):
    """This is not an e-mail address."""


class NameUnfit(CommandFailed):
    """A name is one line of at most 200 characters."""


class PasswordUnfit(CommandFailed):
    """A password is text in UTF-8 without NUL."""


class TablesMissing(CommandFailed):
    """The database lacks the newest tables: run `platform migrate` first."""


class DatabaseAway(CommandFailed):
    """The database gives no answer; try again."""

    exit_code = 5
