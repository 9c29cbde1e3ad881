from servicekit.problems import BadRequest


class InvalidResetToken(BadRequest):
    """Invalid token"""

    code = "INVALID_TOKEN"
