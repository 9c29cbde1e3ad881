"""The arguments of every command: which there are, what they take, and what is no argument of theirs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

_DATABASE = """\
The database is taken from DATABASE_URL. Exit codes: 0 done or nothing to do, 1 failed,
2 usage, 3 a check found differences, 4 refused because it is not safe, 5 no lock or
connection in time."""
_SETTINGS = """\
Also read from the environment:
  CARAVAN_APPS          the apps' import packages, separated by commas, instead of those
                        that are installed with an entry point in caravan.apps
  CARAVAN_CODE_VERSION  what the history is to call the code that migrates
  CARAVAN_LOCK_TIMEOUT  seconds to wait for a table's lock before standing aside (3)
  CARAVAN_LOCK_RETRY    seconds in all after which it is not tried again (600)
  CARAVAN_SCRATCH_URL   a server for throwaway databases, instead of the database's own"""


class WrongUsage(Exception):
    """The arguments are not what the command takes.

    Args:
        usage: what it takes.
        program: the command as it was called.
        message: what is wrong.
    """

    def __init__(self, usage: str, program: str, message: str) -> None:
        super().__init__(message)
        self.usage = usage
        self.program = program


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leave it to the command line how to say it."""
        raise WrongUsage(self.format_usage(), self.prog, message)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments.

    Args:
        argv: them, without the program's name.

    Raises:
        WrongUsage: they do not fit.
        SystemExit: help was asked for, and given.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command == "migrate" and arguments.to and not arguments.app:
        parser.error("--to names a revision of one app, so say which: caravan migrate APP --to REVISION")
    return arguments


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="caravan",
        description="Moves the schemas of every app that shares one Postgres forward, together.",
        epilog=f"{_DATABASE}\n\n{_SETTINGS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary, epilog=_DATABASE)
        added.add_argument("--json", action="store_true", help="print one JSON object instead of text")
        return added

    command("bootstrap", "make schemas, roles, privileges and bookkeeping; safe to repeat")
    generate = command("generate", "write the next revision of an app from its models")
    generate.add_argument("app")
    generate.add_argument("-m", "--message", required=True, type=_text, help="what the revision does")
    generate.add_argument("--empty", action="store_true", help="write an empty one, to be filled in by hand")
    migrate = command("migrate", "apply everything that is pending, in order")
    migrate.add_argument("app", nargs="?", help="this app alone, with what it requires of others")
    migrate.add_argument("--to", type=_text, metavar="REVISION", help="stop at this revision of the app")
    migrate.add_argument(
        "--wait",
        type=_seconds,
        metavar="SECONDS",
        help="wait this long for the server, for what other apps must have applied first, and for other runners;"
        " without it 0, 0 and 60 s",
    )
    migrate.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    migrate.add_argument("-v", "--verbose", action="store_true", help="also print every privilege that moves")
    rollback = command("rollback", "take back an app's newest revision")
    rollback.add_argument("app")
    rollback.add_argument(
        "--to", type=_text, metavar="REVISION", help='take back all after this one; "base" takes back all'
    )
    rollback.add_argument(
        "--wait", type=_seconds, metavar="SECONDS", help="wait this long for other runners; without it 60 s"
    )
    command("status", "show what each app has applied and what is pending")
    command("history", "show what was applied when, by whom, and how long it took").add_argument(
        "app", nargs="?"
    )
    command("check", "check everything that can be known before a deploy")
    command("push", "development: apply the models' difference directly").add_argument("app", nargs="?")
    for name, summary in (
        ("reset", "development: drop everything and migrate from nothing"),
        ("drop", "development: drop everything"),
    ):
        command(name, summary).add_argument("--yes", action="store_true", help="do not ask")
    command("protect", "refuse push, reset and drop on this database").add_argument(
        "--off", action="store_true", help="lift the protection"
    )
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is no number of seconds, 0 or more')
    return value


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it must not be empty")
    return text
