"""The processes: both services, workers and commands, on a scratch database of the server that DATABASE_URL names."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.databases import database
from bench.processes import NotServing, serving

from demo.failure import DemoFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_READY = r"Uvicorn running on http://127\.0\.0\.1:(?P<port>\d+)"
_ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "ENVIRONMENT": "production",
    "PLATFORM_PUBLIC_URL": "http://localhost:8001",
    "PLATFORM_MAIL_TRANSPORT": "directory",
    "TRADING_PUBLIC_URL": "http://localhost:8002",
    # time stands at the latest quote, so that the demo says the same at every run
    "TRADING_CLOCK": "market",
}
_WORKERS = 2


@dataclass(frozen=True)
class Stage:
    """Where both services answer, and how their commands are run.

    Args:
        environment: what every process is told.
        platform: the platform service's address.
        trading: the trading service's.
    """

    environment: dict[str, str]
    platform: str = ""
    trading: str = ""

    def run(self, *command: str) -> str:
        """Run a command to its end and give what it printed.

        Args:
            command: the program and its arguments.

        Raises:
            DemoFailed: it failed; with what it said.
        """
        ended = subprocess.run(  # noqa: S603  our own commands
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0:
            raise DemoFailed(f"`{' '.join(command)}` ended with {ended.returncode}: {ended.stderr.strip()}")
        return ended.stdout.strip()


@contextmanager
def prepared(server: str, folder: Path) -> Iterator[Stage]:
    """Make a database with every table, instruments and trading sessions; drop it when the block ends.

    Args:
        server: a superuser's URL.
        folder: for mails.
    """
    with database(server, prefix="demo") as url:
        mails = folder / "mails"
        mails.mkdir()
        yield Stage(_ENVIRONMENT | {"DATABASE_URL": url, "PLATFORM_MAIL_DIRECTORY": str(mails)})


@contextmanager
def running(stage: Stage, folder: Path) -> Iterator[Stage]:
    """Run both services and the workers until the block ends.

    Args:
        stage: with a migrated database.
        folder: for what they log.

    Raises:
        DemoFailed: one of them did not start.
    """
    try:
        with ExitStack() as stack, ThreadPoolExecutor() as pool:
            for number in range(_WORKERS):
                stack.enter_context(_working(stage, folder / f"worker{number}.log"))
            services = (
                serving((app, "serve", "--port", "0"), stage.environment, folder / f"{app}.log", _READY)
                for app in ("platform", "trading")
            )
            served = pool.map(stack.enter_context, services)  # both at once: most of it is waiting
            platform, trading = (f"http://127.0.0.1:{each.port}" for each in served)
            yield Stage(stage.environment, platform, trading)
    except NotServing as error:
        raise DemoFailed(f"a service did not start:\n{error}") from error
    except DemoFailed as error:
        raise DemoFailed("\n".join([str(error), *_complaints(folder)])) from error


def _complaints(folder: Path) -> list[str]:
    """Give what the processes logged as errors: their logs go with the demo."""
    lines = (f"{log.stem}: {line}" for log in folder.glob("*.log") for line in log.read_text().splitlines())
    return [line for line in lines if '"level": "error"' in line]


@contextmanager
def _working(stage: Stage, log: Path, command: Sequence[str] = ("trading", "worker")) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603  our own command
            command, env=os.environ | stage.environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
