from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pkgutil import resolve_name
from typing import TYPE_CHECKING
from uuid import UUID

from caravan import cli as caravan
from servicekit import logs
from servicekit.serving import serve
from trading_app.settings import TradingSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

# By name, for the command that every container starts with needs none of what these import.
_RUN = {
    "replay": "trading_app.market_data.command:run",
    "seed": "trading_app.seeding.command:run",
    "verify": "trading_app.reconciliation.command:run",
    "worker": "trading_app.venue.command:run",
}

_LAST_PORT = 65_535
_COLUMNS = """columns of quotes:
  symbol, timestamp, bid_price, bid_size, ask_price, ask_size, and if known last_price, last_size
columns of bars:
  symbol, timestamp, open, high, low, close, volume

A timestamp says its time zone: 2026-11-20T09:30:00.123456-05:00. Ctrl-C stops a replay; the same command
goes on from there.
"""


def main(argv: Sequence[str] | None = None) -> int:
    arguments, rest = _parser().parse_known_args(argv)
    if arguments.command == "migrate":
        return caravan.main(["migrate", "trading", *rest])
    if rest:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.command in _RUN:
        code: int = resolve_name(_RUN[arguments.command])(arguments)
        return code
    logs.configure(TradingSettings.load())  # here too: a wrong value ends this process, not a reloaded one
    serve(
        "trading_app.main:app_from_environment",
        host=arguments.host,
        port=arguments.port,
        reload=arguments.reload,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trading")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    server = commands.add_parser("serve", help="answer HTTP requests")
    server.add_argument("--host", default="127.0.0.1", help="the address to listen on; default 127.0.0.1")
    server.add_argument("--port", type=_port, default=8002, help="default 8002; 0 takes a free one")
    server.add_argument("--reload", action="store_true", help="start again when a source file changes")
    commands.add_parser("migrate", help="caravan migrate trading, with its options", add_help=False)
    _seed(commands.add_parser("seed", help="fill in instruments and trading sessions; safe to repeat"))
    _replay(
        commands.add_parser(
            "replay",
            help="send recorded quotes or bars to the venue",
            epilog=_COLUMNS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    commands.add_parser("worker", help="fill orders as quotes arrive; any number may run")
    verify = commands.add_parser(
        "verify", help="hold the books against the executions, and check audit chains"
    )
    verify.add_argument("--account", type=UUID, help="only this one; default: every account")
    return parser


def _seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--first-year", type=int, metavar="YEAR", help="of the trading sessions; default: this year"
    )
    parser.add_argument("--last-year", type=int, metavar="YEAR", help="default: the year after this one")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="CSV, plain or gzipped; its first line names the columns")
    parser.add_argument(
        "--speed",
        type=_positive,
        metavar="FACTOR",
        help="1: as fast as it was recorded, 60: a minute in a second; default: all out",
    )
    parser.add_argument(
        "--lockstep",
        action="store_true",
        help="one quote at a time, each only after the workers have matched the one before: repeats exactly",
    )
    parser.add_argument(
        "--patience",
        type=_positive,
        metavar="SECONDS",
        default=60.0,
        help="how long --lockstep waits for the workers; default 60",
    )
    parser.add_argument(
        "--until",
        type=_moment,
        metavar="TIME",
        help="stop before the first quote of this time, or later; the same command goes on from there",
    )
    parser.add_argument("--symbol", help="of every line, for files without a column symbol")
    parser.add_argument(
        "--bar-seconds",
        type=_positive,
        metavar="SECONDS",
        default=60.0,
        help="how long a bar lasts, for files of bars; default 60",
    )
    parser.add_argument(
        "--skip-bad-lines",
        action="store_true",
        help="report them and go on, instead of stopping at the first",
    )
    parser.add_argument(
        "--restart", action="store_true", help="from the first line, wherever it stopped before"
    )


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text}")
    return number


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError("must be a time with its zone, such as 2026-11-20T09:30:00-05:00")
    return moment


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"must be 0 to {_LAST_PORT}, not {text}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
