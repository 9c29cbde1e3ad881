"""Command-line tools that are used where they are installed: the SQL linter, the formatter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What a tool said.

    Args:
        code: its exit code.
        text: its standard output.
    """

    code: int
    text: str


def ask(tool: str, arguments: Sequence[str], text: str) -> Answer | None:
    """Run a tool on a text.

    Args:
        tool: its name; looked for beside this Python first, then on the path.
        arguments: for it.
        text: its standard input.

    Returns:
        Its answer, None if it is not installed.
    """
    beside = Path(sys.executable).with_name(tool)
    program = str(beside) if beside.is_file() else shutil.which(tool)
    if program is None:
        return None
    # The tool is one that is installed here, its arguments are ours.
    done = subprocess.run([program, *arguments], input=text, capture_output=True, text=True, check=False)  # noqa: S603
    return Answer(done.returncode, done.stdout)
