from servicekit.problems import Problem


class UserAlreadyExists(Problem):
    """User already exists. Use another email."""

    status = 422
    code = "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"
