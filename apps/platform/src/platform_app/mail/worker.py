"""The worker: takes mails from the outbox and hands them over, each once.

Any number may run. A claim is a lease: a worker that is killed loses nothing, for when its lease is over another one
takes the mail. Only a worker that dies between the mail server's last word and its own commit leaves a mail that
is handed over again, with the same Message-ID; no protocol without a common transaction can rule that out (RFC 5321,
4.5.3.2.6 asks senders to keep that window short).
"""

import asyncio
import os
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.mail import outbox
from platform_app.mail.messages import Letter, compose
from platform_app.mail.outbox import Job
from platform_app.mail.templates import Template
from platform_app.mail.transports import Delayed, Refused, Transport
from servicekit.database import Database
from servicekit.outages import is_outage

log = structlog.get_logger("platform_app.mail")

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 20  # with the waits below: a day and a half
FIRST_WAIT = 5.0
LONGEST_WAIT = 4 * 3600.0

Write = Callable[[AsyncConnection, Job], Awaitable[Letter | None]]
"""Writes the letter of a job; None when nobody is to get it."""


class Worker:
    """One worker.

    Args:
        database: where the outbox is.
        transport: the way out.
        writers: who writes which letter.
        sender: the From address.
        lease: how long a mail may take before its worker is taken for dead.
    """

    def __init__(
        self,
        database: Database,
        transport: Transport,
        writers: Mapping[Template, Write],
        sender: str,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._transport = transport
        self._writers = writers
        self._sender = sender
        self._lease = lease
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"

    async def run(self, stop: asyncio.Event, pause: float = 1.0) -> None:
        """Work until told to stop, whatever happens: a database that is away or not migrated yet is waited for."""
        log.info("mail_worker_started", worker=self._name)
        while not stop.is_set():
            try:
                busy = await self.work()
            except Exception as error:
                if is_outage(error):
                    log.warning("mail_database_away", error=type(error).__name__)
                else:
                    log.exception("mail_worker_failed")
                busy = False
            if not busy:
                await _sleep(stop, pause)
        log.info("mail_worker_stopped", worker=self._name)

    async def work(self) -> bool:
        """Take one mail and see it through: whether there was one."""
        async with self._database.begin() as connection:
            job = await outbox.claim(connection, self._name, self._lease)
        if job is None:
            return False
        try:
            letter = await self._write(job)
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("mail_not_written", mail=str(job.id), template=job.template)
            await self._put_back(job, type(error).__name__)
            return True
        if letter is not None:
            await self._hand_over(job, letter)
        return True

    async def _write(self, job: Job) -> Letter | None:
        async with self._database.begin() as connection:
            letter = await self._writers[job.template](connection, job)
            if letter is None:
                await outbox.drop(connection, job, self._name)
        return letter

    async def _hand_over(self, job: Job, letter: Letter) -> None:
        try:
            message = compose(letter, sender=self._sender, recipient=job.recipient, message_id=job.message_id)
            async with asyncio.timeout(self._lease.total_seconds() / 2):
                await self._transport.send(message)
        except Refused as error:
            await self._give_up(job, str(error))
        except Exception as error:  # noqa: BLE001  # whatever a mail server does, the mail is tried again
            await self._put_back(job, str(error) if isinstance(error, Delayed) else type(error).__name__)
        else:
            async with self._database.begin() as connection:
                await outbox.sent(connection, job, self._name)
            log.info("mail_sent", mail=str(job.id), template=job.template, attempts=job.attempts)

    async def _put_back(self, job: Job, error: str) -> None:
        if job.attempts >= MOST_ATTEMPTS:
            await self._give_up(job, error)
            return
        seconds = min(FIRST_WAIT * 2 ** (job.attempts - 1), LONGEST_WAIT)
        wait = timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  # spreads the tries, hides nothing
        async with self._database.begin() as connection:
            await outbox.again(connection, job, self._name, error, wait)
        log.warning("mail_delayed", mail=str(job.id), attempts=job.attempts, error=error)

    async def _give_up(self, job: Job, error: str) -> None:
        async with self._database.begin() as connection:
            await outbox.abandon(connection, job, self._name, error)
        log.error("mail_abandoned", mail=str(job.id), attempts=job.attempts, error=error)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
