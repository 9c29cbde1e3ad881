"""Ways out: a mail server, or in development a folder."""

import contextlib
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import aiosmtplib
import anyio

from platform_app.settings import PlatformSettings

TIMEOUT = 30.0  # seconds for each answer of the mail server
FAREWELL = 1.0  # for the last one, on which nothing depends
PERMANENT = 500


class Refused(Exception):
    """The mail server will never take this mail."""


class Delayed(Exception):
    """The mail server does not take this mail now."""


class Transport(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Hand a mail over.

        Raises:
            Refused: for good.
            Delayed: not this time, as the mail server said.
            Exception: not this time, for whatever reason else.
        """


class Smtp:
    """A mail server.

    Args:
        settings: where it is, and who we are to it.
    """

    def __init__(self, settings: PlatformSettings) -> None:
        self._settings = settings

    async def send(self, message: EmailMessage) -> None:
        client = self._client()
        try:
            await client.connect()
            await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients) from None
        except aiosmtplib.SMTPDataError as error:
            raise _refusal([error]) from None
        except aiosmtplib.SMTPResponseException as error:
            # to us and not to the mail: a wrong password, a sender that may not; whoever runs this can mend it
            raise Delayed(_without_addresses(error)) from None
        else:
            # what it says to that must not make a mail that was taken look like one that was not
            with contextlib.suppress(aiosmtplib.SMTPException):
                await client.quit(timeout=FAREWELL)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            timeout=TIMEOUT,
        )


def _refusal(answers: Sequence[aiosmtplib.SMTPResponseException]) -> Refused | Delayed:
    said = _without_addresses(answers[0])
    return Refused(said) if all(answer.code >= PERMANENT for answer in answers) else Delayed(said)


def _without_addresses(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{type(error).__name__} {error.code}"


class Folder:
    """A folder that gets a file for each mail.

    Args:
        path: made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, message: EmailMessage) -> None:
        await anyio.to_thread.run_sync(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").split("@")[0]
        unfinished = self._path / f".{name}"
        unfinished.write_bytes(bytes(message))
        unfinished.replace(self._path / f"{name}.eml")


def transport(settings: PlatformSettings) -> Transport:
    if settings.mail_transport == "directory" and settings.mail_directory is not None:
        return Folder(settings.mail_directory)
    return Smtp(settings)
