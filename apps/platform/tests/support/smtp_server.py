"""A real SMTP server on the loopback, that can be told to misbehave."""

from __future__ import annotations

import asyncio
import threading
from asyncio.base_events import Server
from collections import Counter
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


class Handler:
    """Keeps what it takes.

    Args:
        answer: said to each DATA; 250 takes the mail.
        to_sender: said to each MAIL FROM.
        delay: seconds before DATA is answered, unless `go` is set earlier.
        farewell: seconds before QUIT is answered.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.to_sender = "250 OK"
        self.delay = 0.0
        self.farewell = 0.0
        self.arrived = threading.Event()
        self.go = threading.Event()

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if self.to_sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.to_sender

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session, envelope
        await asyncio.sleep(self.farewell)
        return "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session
        self.arrived.set()
        await self._hesitate()
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, _class=EmailMessage, policy=default)
            message["X-Envelope-To"] = ",".join(envelope.rcpt_tos)
            self.mails.append(message)
        return self.answer

    async def _hesitate(self) -> None:
        until = asyncio.get_running_loop().time() + self.delay
        while not self.go.is_set() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110  set by another thread
            await asyncio.sleep(0.02)

    @property
    def counts(self) -> Counter[str]:
        """How often each Message-ID arrived."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)


class SmtpServer(Controller):
    """The server; `got` says what it took.

    Args:
        port: 0 for one that the system chooses.
    """

    def __init__(self, port: int = 0) -> None:
        self.got = Handler()
        super().__init__(self.got, hostname="127.0.0.1", port=port)

    def _trigger_server(self) -> None:
        """Learn the port that the system chose, before the base class connects to it."""
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's

    def stop(self, no_assert: bool = False) -> None:  # noqa: FBT001, FBT002  aiosmtpd's signature
        """End it, if that has not happened yet."""
        if not self.loop.is_closed():
            super().stop(no_assert=no_assert)
