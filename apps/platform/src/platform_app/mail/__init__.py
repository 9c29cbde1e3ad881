"""Mail: written down in the transaction that is the reason for it, sent by a worker."""

from platform_app.mail.outbox import enqueue
from platform_app.mail.templates import Template

__all__ = ["Template", "enqueue"]
