"""The command `devdb`."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from devdb import kinds
from devdb.addresses import masked
from devdb.errors import DevdbError, NotRunning
from devdb.serving import keep_running, server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_LOOK_EVERY = 1.0  # seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a `devdb` command and give its exit code: 0 done, 1 an error that stderr names, 2 wrong usage.

    Args:
        arguments: Those of the command line, without the program; None for the real ones.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except DevdbError as error:
        _tell(f"error[{error.name}]: {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="devdb",
        description="Finds or starts a Postgres for development: DATABASE_URL's if set; a container's if "
        "DEVDB=container and a Docker engine answers; else an embedded one with its data in .devdb/.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="run a command with DATABASE_URL set to a server that is up meanwhile"
    )
    run.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- CMD", help="the command and its arguments"
    )
    run.set_defaults(do=_run)
    serve = commands.add_parser("serve", help="keep the server up until Ctrl-C; prints its URL")
    serve.set_defaults(do=_serve)
    url = commands.add_parser("url", help="print the server's URL; it stays up until `devdb stop`")
    url.set_defaults(do=_url)
    stop = commands.add_parser("stop", help="stop the server, even if it is in use; its data stays")
    stop.set_defaults(do=_stop)
    remove = commands.add_parser("remove", help="stop the server and delete its data")
    remove.add_argument("--yes", action="store_true", help="do not ask")
    remove.set_defaults(do=_remove)
    return parser


def _run(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        _tell("devdb run: no command given; write `devdb run -- CMD …`")
        return 2
    with server() as found:
        if found.caveat:
            _tell(f"warning: {found.caveat}")
        try:
            process = subprocess.Popen(  # noqa: S603 - the command is what the user asks for
                command, env={**os.environ, "DATABASE_URL": found.url}
            )
        except OSError as error:
            _tell(f"devdb run: {command[0]}: {error.strerror}")
            return 127
        return _wait_for(process)


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Wait as a shell does: signals are the command's affair, and its end decides ours."""

    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    # Ctrl-C reaches the command from the terminal as well; it must not get it twice.
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _serve(_: argparse.Namespace) -> int:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        with server() as found:
            # From here on a flag, and no exception that could be raised where Python swallows it. Also for
            # SIGINT, which a shell has its background jobs ignore.
            interrupted = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: interrupted.set())
            shown = masked(found.url) if found.kind == "external" else found.url
            _tell(f"{found}\n\n    psql {shown}\n\nCtrl-C stops it.")
            _answer(shown)
            while found.kind == "external" or _still_there():
                if interrupted.wait(_LOOK_EVERY):
                    return 0
        _tell("The server was stopped.")
    except KeyboardInterrupt:
        pass
    return 0


def _still_there() -> bool:
    kind = kinds.chosen()
    return kinds.shared(kind, kinds.checkout_folder() / kind).is_up()


def _url(_: argparse.Namespace) -> int:
    with server() as found:
        keep_running()
        _answer(found.url)
    return 0


def _stop(_: argparse.Namespace) -> int:
    folder = kinds.checkout_folder()
    stopped = [kinds.shared(kind, folder / kind).stop() for kind in _kinds_in_use()]
    if not any(stopped):
        raise NotRunning(folder=folder)
    return 0


def _remove(options: argparse.Namespace) -> int:
    folder = kinds.checkout_folder()
    if not options.yes and not _agreed(f"Delete all data in {folder}? [y/N] "):
        return 1
    for kind in _kinds_in_use():
        kinds.shared(kind, folder / kind).remove()
    return 0


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:  # nobody there to ask
        return False


def _kinds_in_use() -> list[str]:
    folder = kinds.checkout_folder()
    return [kind for kind in ("embedded", "container") if (folder / kind).exists()]


def _answer(text: str) -> None:
    """Write what was asked for: stdout is for programs."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _tell(text: str) -> None:
    """Write to the person."""
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
