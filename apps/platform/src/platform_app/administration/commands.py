"""The commands, as `platform_app.cli` calls them: each takes the settings and the parsed arguments."""

import asyncio
import getpass
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg
from psycopg.errors import UndefinedTable
from sqlalchemy.exc import DBAPIError

from platform_app import mail_worker
from platform_app.administration import service
from platform_app.administration.errors import (
    CommandFailed,
    DatabaseAway,
    NoSuchSession,
    PasswordUnfit,
    TablesMissing,
)
from platform_app.hashing import PasswordHasher
from platform_app.password_rules import PasswordRules, context_words
from platform_app.settings import PlatformSettings
from platform_app.tables.enumerations import Role
from servicekit.database import Database
from servicekit.outages import is_outage

NAME = "platform-cli"
INTERRUPTED = 130  # what shells expect of a command that Ctrl-C ended

Command = Callable[[PlatformSettings, Namespace], Awaitable[None]]


def run(command: Command, settings: PlatformSettings, arguments: Namespace) -> int:
    """Run a command: its exit code, after a line on standard error if it failed."""

    async def whole() -> None:
        try:
            await command(settings, arguments)
        except (DBAPIError, psycopg.Error) as error:
            if failure := _failure(error):
                raise failure from error
            raise

    try:
        asyncio.run(whole())
    except CommandFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return failure.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _failure(error: Exception) -> CommandFailed | None:
    if isinstance(getattr(error, "orig", error), UndefinedTable):
        return TablesMissing()
    return DatabaseAway() if is_outage(error) else None


def say(*parts: object) -> None:
    """A line of columns for a script; what a stranger wrote can neither end it nor steer a terminal."""
    sys.stdout.write("\t".join(_visible(str(part)) for part in parts) + "\n")


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _password() -> str:
    try:
        given = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
        given.encode()
    except UnicodeError:
        raise PasswordUnfit from None
    if "\0" in given:
        raise PasswordUnfit
    return given.rstrip("\r\n")


async def create_admin(settings: PlatformSettings, arguments: Namespace) -> None:
    await _create(settings, arguments, Role.ADMIN)


async def create_service(settings: PlatformSettings, arguments: Namespace) -> None:
    await _create(settings, arguments, Role.SERVICE)


async def _create(settings: PlatformSettings, arguments: Namespace, role: Role) -> None:
    password = _password()
    rules = PasswordRules(settings.minimum_password_length, context_words(settings.service_name))
    hasher = PasswordHasher(settings.password_parameters, threads=1)
    try:
        async with Database(settings, name=NAME) as database:
            given = (arguments.email, arguments.name, password, role)
            say(await service.create(database, hasher, rules, *given))
    finally:
        hasher.close()


async def list_sessions(settings: PlatformSettings, arguments: Namespace) -> None:
    async with Database(settings, name=NAME) as database:
        for row in await service.list_sessions(database, arguments.email):
            created, expires = (
                row[name].isoformat(timespec="seconds") for name in ("created_at", "expires_at")
            )
            say(row["id"], created, expires, row["ip_address"] or "-", row["user_agent"] or "-")


async def revoke(settings: PlatformSettings, arguments: Namespace) -> None:
    async with Database(settings, name=NAME) as database:
        if arguments.user:
            say(await service.revoke_all(database, arguments.user), "sessions ended")
            return
        try:
            session_id = UUID(arguments.session)
        except ValueError:
            raise NoSuchSession from None
        await service.revoke(database, session_id)
        say(1, "sessions ended")


async def ban(settings: PlatformSettings, arguments: Namespace) -> None:
    async with Database(settings, name=NAME) as database:
        count = await service.ban(database, arguments.email, arguments.reason)
    say("banned", count, "sessions ended")


async def unban(settings: PlatformSettings, arguments: Namespace) -> None:
    async with Database(settings, name=NAME) as database:
        await service.unban(database, arguments.email)
    say("unbanned")


async def prune(settings: PlatformSettings, arguments: Namespace) -> None:
    del arguments
    async with Database(settings, name=NAME) as database:
        for table, count in (await service.prune(database)).items():
            say(table, count)


async def worker(settings: PlatformSettings, arguments: Namespace) -> None:
    del arguments
    await mail_worker.work(settings)
