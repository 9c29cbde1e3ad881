"""What every command of the command line stands on: settings without a web address, a database, errors in a line."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.errors import UndefinedTable
from pydantic import AnyHttpUrl
from sqlalchemy.exc import ProgrammingError

from servicekit.database import Database
from servicekit.outages import is_outage
from trading_app.settings import TradingSettings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended."""


class CommandSettings(TradingSettings):
    public_url: AnyHttpUrl = AnyHttpUrl("http://localhost")  # no browser ever comes to a command
    database_pool_size: int = 2
    database_wait_seconds: float = 10.0  # nobody waits for an answer who could ask again


class CommandFailed(Exception):
    """The command could not do its work."""

    code = 1


class WrongUsage(CommandFailed):
    """What the command was given cannot be meant."""

    code = 2


class _WhyNot(logging.Handler):
    """Keeps why the pool cannot connect: its own error says only that it waited."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        for each in record.args if isinstance(record.args, tuple) else ():
            if isinstance(each, psycopg.Error):
                self.reason = str(each).partition("\n")[0]


@contextmanager
def _why_not() -> Iterator[_WhyNot]:
    """Listen to the pool, which tells its every try wherever no log is configured."""
    pool, why = logging.getLogger("psycopg.pool"), _WhyNot()
    pool.addHandler(why)
    pool.propagate = bool(logging.getLogger().handlers)
    try:
        yield why
    finally:
        pool.removeHandler(why)
        pool.propagate = True


def database_of(settings: TradingSettings, *, name: str) -> Database:
    return Database(settings, name=f"trading {name}")


def run_command(work: Coroutine[None, None, int]) -> int:
    """Run a command to its end and give its exit code; what went wrong is a line on standard error."""
    with _why_not() as why:
        try:
            return asyncio.run(work)
        except CommandFailed as error:
            return _failed(str(error), error.code)
        except ProgrammingError as error:
            if isinstance(error.orig, UndefinedTable):
                return _failed("the database lacks the newest tables: run `trading migrate` first")
            raise
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:
            if is_outage(error):
                return _failed(f"the database cannot be reached: {why.reason or _first_line(error)}")
            raise


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0]


def _failed(reason: str, code: int = 1) -> int:
    sys.stderr.write(f"error: {reason}\n")
    return code
