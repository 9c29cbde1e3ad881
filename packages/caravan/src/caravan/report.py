"""What a run tells while it goes on: to a person, or to nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from caravan.revisions import Revision


class Report:
    """Told what happens; this one keeps silent, for use as a library and under --json."""

    def waiting(self, reason: str) -> None:
        """Something has to be waited for."""

    def prepared(self, done: Sequence[str]) -> None:
        """Roles, schemas or bookkeeping were made, or skipped with a reason."""

    def planned(self, steps: Sequence[Revision]) -> None:
        """This is what will be applied, in this order."""

    def busy(self, with_what: str) -> AbstractContextManager[object]:
        """Something that may take its time goes on as long as the context lasts."""
        del with_what
        return nullcontext()

    def applied(self, revision: Revision, seconds: float) -> None:
        """A revision was applied."""

    def rolled_back(self, revision: Revision, seconds: float) -> None:
        """A revision was taken back."""

    def retrying(self, revision: Revision, reason: str, pause: float) -> None:
        """A table was locked by someone; the next try comes after the pause, in seconds."""

    def cleaned(self, index: str) -> None:
        """An invalid index that a broken try left behind was dropped."""

    def granted(self, app: str, statements: Sequence[str]) -> None:
        """Privileges of an app's roles were brought up to date."""

    def settled(self) -> None:
        """No more privileges will move."""


class ConsoleReport(Report):
    """Tells a person: colour and progress on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        """Write to a console.

        Args:
            console: where.
            verbose: also every statement about privileges.
        """
        self._console = console
        self._verbose = verbose
        self._privileges: Counter[str] = Counter()

    def _line(self, text: str, style: str = "") -> None:
        """Write a line; when nobody reads any more, or the disk is full, what is under way goes on without."""
        try:
            self._console.print(Text(text, style=style), soft_wrap=True)
        except (OSError, SystemExit):  # rich makes the latter of a broken pipe
            self._console.quiet = True

    def waiting(self, reason: str) -> None:
        """Say what is waited for."""
        self._line(f"Waiting: {reason}", "yellow")

    def prepared(self, done: Sequence[str]) -> None:
        """List what was prepared."""
        for line in done:
            self._line(line, "dim")

    def planned(self, steps: Sequence[Revision]) -> None:
        """Print the plan."""
        if not steps:
            return
        self._line(f"Plan: {len(steps)} to apply", "bold")
        width = max(len(step.app) for step in steps)
        for number, step in enumerate(steps, 1):
            needs = ", ".join(f"{app} {required}" for app, required in step.requires.items())
            after = f"  (after {needs})" if needs else ""
            self._line(f"  {number:>3}  {step.app:<{width}}  {step.id}  {step.message}{after}")

    def busy(self, with_what: str) -> AbstractContextManager[object]:
        """On a terminal, show what is under way and for how long."""
        if not self._console.is_terminal:
            return nullcontext()
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        shown = Progress(
            *columns, console=self._console, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        shown.add_task(with_what, total=None)
        return shown

    def applied(self, revision: Revision, seconds: float) -> None:
        """Print one applied revision with its time."""
        self._line(f"  applied  {revision}  {revision.message}  {seconds:.2f} s", "green")

    def rolled_back(self, revision: Revision, seconds: float) -> None:
        """Print one revision that was taken back, with its time."""
        self._line(f"  rolled back  {revision}  {revision.message}  {seconds:.2f} s", "green")

    def retrying(self, revision: Revision, reason: str, pause: float) -> None:
        """Say why there is another try, and when."""
        self._line(f"  {revision}: {reason}; trying again in {pause:.1f} s", "yellow")

    def cleaned(self, index: str) -> None:
        """Say which index was dropped."""
        self._line(f"  dropped the invalid index {index}, left behind by a broken try", "yellow")

    def granted(self, app: str, statements: Sequence[str]) -> None:
        """Count what moved; print each statement if asked to."""
        self._privileges[app] += len(statements)
        for statement in statements if self._verbose else ():
            self._line(f"  {statement}", "dim")

    def settled(self) -> None:
        """Say how many privileges moved, and whose."""
        for app, count in sorted((+self._privileges).items()):
            self._line(f"Privileges of {app}: {count} brought up to date", "dim")
        self._privileges.clear()
