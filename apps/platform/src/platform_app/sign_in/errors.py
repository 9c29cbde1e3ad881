from servicekit.problems import BadRequest, Forbidden, Unauthorized


class InvalidEmail(BadRequest):
    """Invalid email"""

    code = "INVALID_EMAIL"


class InvalidEmailOrPassword(Unauthorized):
    """Invalid email or password"""

    code = "INVALID_EMAIL_OR_PASSWORD"


class EmailNotVerified(Forbidden):
    """Email not verified"""

    code = "EMAIL_NOT_VERIFIED"


class BannedUser(Forbidden):
    """You have been banned from this application. Please contact support if you believe this is an error."""

    code = "BANNED_USER"
