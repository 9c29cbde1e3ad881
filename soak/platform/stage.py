"""The platform's processes: an API process and mail workers, on a Postgres of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soak.processes import Processes, free_port

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "http://platform.soak"
PLENTY = "1000000"
API = "api"


def worker(number: int) -> str:
    """Give a mail worker's name."""
    return f"worker-{number}"


class Stage:
    """All processes of a run, in one folder.

    Args:
        folder: for data, mails and logs.
        workers: how many mail workers.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self.mails = folder / "mails"
        self.mails.mkdir()
        self.port = free_port()
        settings = {
            "PLATFORM_PUBLIC_URL": ORIGIN,
            "PLATFORM_ATTEMPTS_PER_MINUTE": PLENTY,
            "PLATFORM_MAILS_PER_MINUTE": PLENTY,
            "PLATFORM_PASSWORD_MEMORY": "19456",
            "PLATFORM_PASSWORD_TIME": "2",
            "PLATFORM_MAIL_TRANSPORT": "directory",
            "PLATFORM_MAIL_DIRECTORY": str(self.mails),
        }
        self.processes = Processes(folder, settings)
        self.processes.start(API, "platform_app.cli", "serve", "--port", str(self.port))
        for number in range(workers):
            self.processes.start(worker(number), "platform_app.cli", "worker")
