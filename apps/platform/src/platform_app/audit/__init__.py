"""What happened to whose account: a row in the same transaction, and a line in the log."""

from platform_app.audit.events import Event
from platform_app.audit.service import record

__all__ = ["Event", "record"]
