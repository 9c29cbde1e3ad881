"""A Postgres server of our own: started, found again and stopped."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

from devdb.addresses import Server
from devdb.binaries import Binaries
from devdb.data_folder import USER, DataFolder
from devdb.errors import PortTaken, StartFailed
from devdb.failures import from_system, from_words
from devdb.postmaster import Postmaster

if TYPE_CHECKING:
    from pathlib import Path

    from devdb.accounts import Account

_SECONDS = 120  # for everything that Postgres does by itself, recovery after a crash included
_TRIES = 5  # at a free port: between our look and Postgres's, another program may take it
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths are limited to 107 characters; TCP works in any folder
    "max_connections": "200",  # the pools of several services and test workers
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


class Embedded:
    """One data folder and the server that runs on it.

    Nothing is kept in memory: whatever a process must know is in the folder, so any process can find the server,
    stop it, or start it again after a crash. Only one process at a time may call `start`, `stop` or `remove`;
    `devdb.sharing` sees to that.
    """

    kind = "embedded"

    def __init__(self, folder: Path, *, port: int | None = None, throwaway: bool = False) -> None:
        """Describe the server; nothing is touched yet.

        Args:
            folder: Where everything lies.
            port: The port it must have; None for the last one used, or any free one.
            throwaway: The data need not survive a crash of the machine; much faster.
        """
        self._folder = folder
        self._home = DataFolder(folder)
        self._port = port
        self._throwaway = throwaway

    def find(self) -> Server | None:
        """Give the running server, once it is ready; None when it does not run."""
        try:
            postmaster = Postmaster.settled(self._home.data, _SECONDS)
            return None if postmaster is None else self._server(postmaster)
        except OSError as error:
            raise from_system(error, self._folder) from error

    def runs(self) -> bool:
        """Tell whether the server's process is there."""
        try:
            postmaster = Postmaster.read(self._home.data)
        except OSError as error:
            raise from_system(error, self._folder) from error
        return postmaster is not None and postmaster.alive()

    def start(self) -> Server:
        """Start the server, making its data the first time and recovering it after a crash.

        Raises:
            DevdbError: One of its subclasses, which says what is in the way.
        """
        try:
            account, binaries = self._home.prepare(sync=not self._throwaway)
            for _ in range(_TRIES):
                port = self._port or self._usual_port() or _free_port()
                try:
                    return self._launch(account, binaries, port)
                except PortTaken:
                    if self._port is not None:
                        raise
        except OSError as error:
            raise from_system(error, self._folder) from error
        except subprocess.TimeoutExpired as error:
            raise StartFailed(
                folder=self._folder, log=f"it took more than {error.timeout} seconds"
            ) from error
        raise PortTaken(port=port)

    def stop(self, *, immediately: bool = False) -> None:
        """End every connection and stop the server; nothing happens when it does not run.

        Args:
            immediately: As in a crash: no session ends properly, and the next start recovers what was committed.
        """
        data = self._home.data
        postmaster = Postmaster.read(data)
        if postmaster is None or not postmaster.alive():
            return
        account = self._home.account()
        how = "immediate" if self._throwaway or immediately else "fast"
        command = [self._home.binaries(account).folder / "pg_ctl", "stop", "-D", data, "-m", how]
        account.run([*command, "-w", "-t", str(_SECONDS)], seconds=_SECONDS + 10)
        postmaster.wait_until_gone(10)
        if postmaster.alive():
            postmaster.kill()
            postmaster.wait_until_gone(10)

    def remove(self) -> None:
        """Delete the data for good; the server must not run."""
        self._home.remove()

    def _launch(self, account: Account, binaries: Binaries, port: int) -> Server:
        data = self._home.data
        running = Postmaster.settled(data, _SECONDS)  # a starter that was killed may have left one on its way
        if running is not None:
            return self._server(running)
        # Postgres itself would take any process that got the old one's number for a running server.
        (data / "postmaster.pid").unlink(missing_ok=True)
        log = data / "postgres.log"
        log.unlink(missing_ok=True)
        settings = {**_SETTINGS, **(_THROWAWAY if self._throwaway else {}), "port": str(port)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        command = [
            binaries.folder / "pg_ctl",
            "start",
            "-D",
            data,
            "-l",
            log,
            "-w",
            "-t",
            str(_SECONDS),
            "-o",
            options,
        ]
        result = account.run(command, seconds=_SECONDS + 10)
        started = Postmaster.settled(data, _SECONDS)
        if result.returncode != 0 or started is None:
            words = log.read_text(errors="replace") if log.exists() else ""
            raise from_words(words or result.stdout, self._folder, port)
        (self._folder / "port").write_text(str(started.port))
        return self._server(started)

    def _usual_port(self) -> int | None:
        try:
            port = int((self._folder / "port").read_text())
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Postgres does
                probe.bind(("127.0.0.1", port))
        except (OSError, ValueError):
            return None
        return port

    def _server(self, postmaster: Postmaster) -> Server:
        if not postmaster.port:
            raise StartFailed(
                folder=self._folder, log=f"it has been {postmaster.status or 'starting'} for too long"
            )
        url = f"postgresql://{USER}:{self._home.password}@127.0.0.1:{postmaster.port}/postgres"
        return Server(url=url, kind=self.kind, major=Binaries.installed().major, pid=postmaster.pid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
