from servicekit.problems import Forbidden, Unauthorized


class NotSignedIn(Unauthorized):
    """Unauthorized"""


class SessionNotFresh(Forbidden):
    """Session is not fresh"""

    code = "SESSION_NOT_FRESH"
