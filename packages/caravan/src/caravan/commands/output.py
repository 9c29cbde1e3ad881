"""How commands speak: text for people, one JSON object for scripts. It imports nothing heavy."""

from __future__ import annotations

import json
import sys

from caravan.errors import OutputLost


def write_json(value: object) -> None:
    """Print one JSON value."""
    write_line(json.dumps(value))


def write_line(text: str) -> None:
    """Print one line.

    Raises:
        OutputLost: it cannot be written.
    """
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more, as with `caravan history | head`
        raise
    except OSError as problem:
        raise OutputLost(reason=problem.strerror) from problem
