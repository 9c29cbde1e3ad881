"""The mail worker, composed: who writes which mail, and the way out."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from platform_app.mail.templates import Template
from platform_app.mail.transports import transport
from platform_app.mail.worker import LEASE, Worker
from platform_app.needed_revisions import needed_revisions
from platform_app.passwords import letters as passwords
from platform_app.verification import letters as verification
from servicekit.database import Database
from servicekit.health import wait_until_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta

    from platform_app.settings import PlatformSettings

WRITERS = {
    Template.SIGN_UP: verification.sign_up,
    Template.EMAIL_VERIFICATION: verification.email_verification,
    Template.EMAIL_CHANGE: verification.email_change,
    Template.EMAIL_CHANGED: verification.email_changed,
    Template.PASSWORD_RESET: passwords.password_reset,
    Template.PASSWORD_CHANGED: passwords.password_changed,
}


def mail_worker(settings: PlatformSettings, database: Database, lease: timedelta = LEASE) -> Worker:
    writers = {template: partial(write, settings) for template, write in WRITERS.items()}
    return Worker(database, transport(settings), writers, settings.mail_from, lease)


@asynccontextmanager
async def working(settings: PlatformSettings, database: Database) -> AsyncIterator[None]:
    """Sends mail beside other work, until the block ends; a mail that is on its way is finished first."""
    stop = asyncio.Event()
    task = asyncio.create_task(mail_worker(settings, database).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def work(settings: PlatformSettings) -> None:
    """Send mail until SIGTERM or SIGINT; a mail that is on its way is finished first."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Database(settings, name="platform-worker") as database:
        await wait_until_ready(database, needed_revisions(), stop)
        await mail_worker(settings, database).run(stop)
