"""The command line: runs one command, and says how an error ends the process."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

import psycopg

from caravan.arguments import WrongUsage, parse
from caravan.database import Database, failure
from caravan.errors import FAILED, USAGE, CaravanError, OutputLost


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which must roll back like Ctrl-C does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments; those of the process if not given.

    Returns:
        The exit code.
    """
    argv = sys.argv[1:] if argv is None else argv
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a sign that the terminal does not have stops nothing
    as_json = "--json" in argv
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(parse(argv))
    except WrongUsage as problem:
        told = f"{problem.usage}{problem.program}: error: {problem}"
        return _ended("usage", str(problem), USAGE, as_json=as_json, told=told)
    except CaravanError as problem:
        if isinstance(problem, OutputLost):
            _give_up_output()
        return _ended(problem.name, str(problem), problem.exit_code, as_json=as_json)
    except BrokenPipeError:
        _give_up_output()
        return FAILED
    except KeyboardInterrupt as problem:
        by = "SIGTERM" if isinstance(problem, _Terminated) else "Ctrl-C"
        # a revision that was being applied has left a note on what became of it
        sentences = [f"Interrupted by {by}.", *getattr(problem, "__notes__", ()), "Run again to go on."]
        return _ended("interrupted", " ".join(sentences), FAILED, as_json=as_json)
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(arguments: argparse.Namespace) -> int:
    """Run the command's module, imported only now: a start with nothing to do stays light."""
    try:
        code: int = import_module(f"caravan.commands.{arguments.command}").run(arguments)
    except Exception as problem:
        driver_error = getattr(problem, "orig", problem)  # SQLAlchemy keeps the driver's own in there
        if isinstance(driver_error, psycopg.Error):
            raise failure(Database.from_environment(), driver_error) from problem
        raise
    return code


def _ended(name: str, text: str, code: int, *, as_json: bool, told: str | None = None) -> int:
    """Say why it ended: to a script by one object, to a person by a sentence; give the exit code."""
    if as_json:
        sys.stdout.write(json.dumps({"error": name, "message": text, "exit_code": code}) + "\n")
    sys.stderr.write(f"{told or f'error[{name}]: {text}'}\n")
    return code


def _give_up_output() -> None:
    """Python writes what it still holds when it ends, and must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
