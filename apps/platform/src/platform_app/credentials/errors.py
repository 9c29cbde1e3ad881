from servicekit.problems import BadRequest


class InvalidPassword(BadRequest):
    """Invalid password"""

    code = "INVALID_PASSWORD"


class CredentialAccountNotFound(BadRequest):
    """Credential account not found"""

    code = "CREDENTIAL_ACCOUNT_NOT_FOUND"
