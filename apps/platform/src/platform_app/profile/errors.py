import inspect

from servicekit.problems import BadRequest, Conflict


class EmailCanNotBeUpdated(BadRequest):
    """Email can not be updated"""

    code = "EMAIL_CAN_NOT_BE_UPDATED"


class NoFieldsToUpdate(BadRequest):
    """No fields to update"""

    code = "NO_FIELDS_TO_UPDATE"


class EmailIsTheSame(BadRequest):
    """Email is the same"""

    code = "EMAIL_IS_THE_SAME"


class SessionExpired(BadRequest):
    """Session expired. Re-authenticate to perform this action."""

    code = "SESSION_EXPIRED"


class UserInUse(Conflict):
    """The service "{service}" still keeps {records} of this user. Close what you have there first."""

    code = "USER_IN_USE"

    def __init__(self, service: str, records: str) -> None:
        """Say who keeps what.

        Args:
            service: the schema of the rows that point at the user, which is named after its service.
            records: their table.
        """
        text = inspect.cleandoc(type(self).__doc__ or "").format(service=service, records=records)
        super().__init__(text, service=service, records=records)
