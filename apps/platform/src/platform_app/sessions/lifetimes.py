"""How long a session lives (OWASP ASVS 5.0, 7.3.1 and 7.3.2; NIST SP 800-63B-4, 2.1.3)."""

from datetime import timedelta

IDLE = timedelta(days=7)  # slides with use
ABSOLUTE = timedelta(days=30)  # does not
UNREMEMBERED = timedelta(days=1)  # both, for "do not remember me"
SLIDE_AFTER = timedelta(days=1)  # the expiry is written at most once a day
FRESH = timedelta(days=1)  # since when a proof of identity is too old for what is sensitive
