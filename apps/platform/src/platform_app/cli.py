from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from caravan import cli as caravan
from platform_app.settings import PlatformSettings
from servicekit import logs
from servicekit.serving import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

HIGHEST_PORT = 65535


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if not all(_is_text(value) for value in vars(arguments).values()):
        parser.error("an argument is not UTF-8")
    if arguments.command == "migrate":
        return caravan.main(["migrate", "platform", *rest])
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    settings = PlatformSettings.load()
    if arguments.command != "serve":
        return _administer(settings, arguments)
    logs.configure(settings)  # here too: a wrong value ends this process, not a reloaded one
    serve(
        "platform_app.main:app_from_environment",
        host=arguments.host,
        port=arguments.port,
        reload=arguments.reload,
    )
    return 0


def _administer(settings: PlatformSettings, arguments: argparse.Namespace) -> int:
    """Run a command of `administration`, imported only now: a container that serves starts without it."""
    if arguments.command == "worker":
        logs.configure(settings)
    else:  # standard output is the answer's
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))
    commands = import_module("platform_app.administration.commands")
    command = getattr(commands, arguments.command.replace("-", "_"))
    code: int = commands.run(command, settings, arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="platform")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    server = commands.add_parser("serve", help="answer HTTP requests")
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--port", type=_port, default=8001, help="0 for one that is free")
    server.add_argument("--reload", action="store_true", help="start again when a source file changes")
    commands.add_parser("migrate", help="caravan migrate platform, with its options", add_help=False)
    _add_administration(commands)
    return parser


def _add_administration(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("worker", help="send the mail of the outbox until told to stop")
    admin = commands.add_parser("create-admin", help="make an administrator; the password comes from stdin")
    admin.add_argument("email")
    admin.add_argument("--name", default="Administrator")
    machine = commands.add_parser(
        "create-service", help="make a user that other services act as, such as a feed of market data"
    )
    machine.add_argument("email")
    machine.add_argument("--name", default="Service")
    sessions = commands.add_parser("list-sessions", help="show the sessions of a user")
    sessions.add_argument("email")
    revoke = commands.add_parser("revoke", help="end a session, or all of a user's")
    whose = revoke.add_mutually_exclusive_group(required=True)
    whose.add_argument("session", nargs="?", help="the session's id")
    whose.add_argument("--user", metavar="EMAIL", help="end all sessions of this user")
    ban = commands.add_parser("ban", help="keep a user out from the next request on")
    ban.add_argument("email")
    ban.add_argument("--reason")
    unban = commands.add_parser("unban", help="let a user in again")
    unban.add_argument("email")
    commands.add_parser("prune", help="remove sessions, links, mails and counters that are over")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:  # what is too high would be taken modulo 65536
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {HIGHEST_PORT}")
    return int(text)


def _is_text(value: object) -> bool:
    """Whether Postgres can take it: bytes that are not UTF-8 reach Python as halves of surrogate pairs."""
    return not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value)


if __name__ == "__main__":
    sys.exit(main())
