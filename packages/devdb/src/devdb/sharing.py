"""One server, several processes: who uses it, and who stops it at the end.

Every user holds a lease, a shared lock on the file `leases`. Who leaves and can take that lock exclusively was
the last, and stops the server. A process that is killed leaves its lease to the kernel; a small watcher process
(`devdb.watcher`) looks every second whether that was the last one, and then stops the server in its place.
Everything that starts or stops happens under the lock `turn`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from devdb.errors import InUse
from devdb.failures import from_system
from devdb.locks import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devdb.addresses import Server


_LOOK_EVERY = 1.0  # seconds


class Startable(Protocol):
    """A server that can be started and stopped from any process: `Embedded`, `Container`."""

    kind: str

    def find(self) -> Server | None:
        """Give the running server, if it runs."""
        ...

    def runs(self) -> bool:
        """Tell whether it runs, ready or not, without connecting to it."""
        ...

    def start(self) -> Server:
        """Start it."""
        ...

    def stop(self) -> None:
        """Stop it, if it runs."""
        ...

    def remove(self) -> None:
        """Delete its data."""
        ...


class Shared:
    """A server in a folder that any number of processes use at once."""

    def __init__(self, folder: Path, server: Startable, *, throwaway: bool = False) -> None:
        """Describe it; nothing is touched yet.

        Args:
            folder: Where its files are, the locks among them.
            server: What to start and stop.
            throwaway: Delete everything once the last user has left.
        """
        self._folder = folder
        self._server = server
        self._throwaway = throwaway

    def lease(self) -> Lock:
        """Announce a user without starting anything yet; give it to `leave` at the end."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._turn():
                return Lock.take(self._folder / "leases", shared=True)
        except OSError as error:  # also where somebody removed the folder while it was not our turn
            raise from_system(error, self._folder) from error

    def running(self) -> Server:
        """Give the server, started if need be. The caller holds a lease.

        Raises:
            DevdbError: One of its subclasses says why there is none.
        """
        with self._turn():
            found = self._server.find()
            self._call_watcher()
            if found is None:
                (self._folder / "kept").unlink(missing_ok=True)
                found = self._server.start()
            return found

    def is_up(self) -> bool:
        """Tell whether the server runs, without starting it."""
        return self._server.runs()

    def keep(self) -> None:
        """Let the server run on when its last user leaves, until `stop`."""
        (self._folder / "kept").touch()

    def leave(self, lease: Lock) -> None:
        """End a use; the last one stops the server, and returns when it has stopped.

        Args:
            lease: What `lease` gave.
        """
        lease.release()
        if self._folder.exists():
            with self._turn():
                self._stop_if_unused()

    def stop(self) -> bool:
        """Stop the server even if it is used; tell whether it ran."""
        if not self._folder.exists():
            return False
        with self._turn():
            (self._folder / "kept").unlink(missing_ok=True)
            ran = self._server.runs()
            self._server.stop()
            return ran

    def remove(self) -> None:
        """Stop the server and delete its data.

        Raises:
            InUse: Another process uses it.
        """
        if not self._folder.exists():
            return
        with self._turn():
            last = Lock.take_if_free(self._folder / "leases")
            if last is None:
                raise InUse(folder=self._folder)
            self._delete()
            last.release()

    def watch(self) -> None:
        """Be the watcher: return once the server has stopped, by whomever. One at a time; a second returns."""
        ours = Lock.take_if_free(self._folder / "watcher")
        if ours is None:
            return
        while not self._over(ours):
            time.sleep(_LOOK_EVERY)

    def _over(self, watching: Lock) -> bool:
        try:
            turn = Lock.take_if_free(self._folder / "turn")
        except FileNotFoundError:  # somebody deleted the folder; Postgres notices that and ends itself
            return True
        if turn is None:  # somebody starts or stops the server just now
            return False
        try:
            over = self._stop_if_unused() or not self._server.runs()
            if over:  # while it is still our turn: who comes next must not find a watcher that is about to go
                watching.release()
            return over
        finally:
            turn.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            turn = Lock.take(self._folder / "turn")
        except OSError as error:
            raise from_system(error, self._folder) from error
        try:
            yield
        finally:
            turn.release()

    def _call_watcher(self) -> None:
        ours = Lock.take_if_free(self._folder / "watcher")
        if ours is None:
            return
        ours.release()
        command = [sys.executable, "-m", "devdb.watcher", self._server.kind, str(self._folder)]
        if self._throwaway:
            command.append("--throwaway")
        # Through a shell that ends at once: the watcher is then no child of ours, which we would have to wait for.
        # Coverage's variables stay behind: it outlives the run that is measured.
        subprocess.run(  # noqa: S603 - our own module
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            check=True,
        )

    def _stop_if_unused(self) -> bool:
        last = Lock.take_if_free(self._folder / "leases")
        if last is None:
            return False
        try:
            if (self._folder / "kept").exists():
                return False
            if self._throwaway:
                self._delete()
            else:
                self._server.stop()
            return True
        finally:
            last.release()

    def _delete(self) -> None:
        self._server.stop()
        self._server.remove()
        shutil.rmtree(self._folder, ignore_errors=True)
