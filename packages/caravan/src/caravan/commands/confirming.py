"""Asking before something is deleted."""

from __future__ import annotations

import argparse
import sys

from caravan.errors import Unconfirmed


def confirm(arguments: argparse.Namespace, what: str) -> None:
    """Go on only with --yes, or a yes typed on a terminal.

    Raises:
        Unconfirmed: neither.
    """
    if arguments.yes:
        return
    if sys.stdin.isatty() and not arguments.json:
        sys.stderr.write(f"The {what} deletes all rows. Type yes to go on: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip() == "yes":
            return
    raise Unconfirmed(command=f"The {what}")
