from servicekit.problems import BadRequest, Unauthorized


class InvalidToken(Unauthorized):
    """Invalid token"""

    code = "INVALID_TOKEN"


class InvalidUser(Unauthorized):
    """Invalid user"""

    code = "INVALID_USER"


class EmailMismatch(BadRequest):
    """Email mismatch"""

    code = "EMAIL_MISMATCH"


class EmailAlreadyVerified(BadRequest):
    """Email is already verified"""

    code = "EMAIL_ALREADY_VERIFIED"
