"""Structured logs: JSON lines in production, readable ones in development, through one pipeline for all libraries."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

    from servicekit.settings import ServiceSettings

# No locals in tracebacks: they hold passwords. No exception text of SQLAlchemy's parameters: see Database.
_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Seldom:
    """Lets a message of the connection pool pass once a minute: while Postgres is away, each try says the same."""

    seconds = 60.0

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def __call__(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is to be written.

        Args:
            record: any.
        """
        if record.name != "psycopg.pool":
            return True
        message, now = record.getMessage(), time.monotonic()
        if now - self._told.get(message, -self.seconds) < self.seconds:
            return False
        lately = {each: told for each, told in self._told.items() if now - told < self.seconds}
        self._told = lately | {message: now}
        return True


def configure(settings: ServiceSettings) -> None:
    """Send every log line of this process to standard output.

    Args:
        settings: whose environment says for whom.
    """
    final = _for_machines() if settings.environment == "production" else _for_people()
    structlog.configure(
        processors=[*_SHARED, *final],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    # at INFO, httpx tells whole URLs with the secrets in them, and psycopg each use of a connection
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.INFO)


def _for_machines() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _for_people() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)]
