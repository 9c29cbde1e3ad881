"""A real SMTP server that keeps each mail as a file, as tests/better_auth/mailbox.mjs reads them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session


class _Keep:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        for recipient in envelope.rcpt_tos:
            name = f"{time.time_ns()}-{uuid.uuid4()}"
            unfinished = self._folder / f".{name}"
            unfinished.write_text(json.dumps({"to": recipient, "text": body.get_content()}))
            unfinished.replace(self._folder / f"{name}.json")
        return "250 OK"


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's


@contextmanager
def caught_mail(folder: Path) -> Iterator[int]:
    """Keep what comes in the folder until the block ends; gives the server's port."""
    controller = _AnyPort(_Keep(folder), hostname="127.0.0.1", port=0, ready_timeout=120)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
