"""A relay before a server: it can turn clients away for a while, as a server that comes up does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Relay:
    """Listens on a port of its own and passes bytes on to a server."""

    def __init__(self, host: str, port: int) -> None:
        """Listen.

        Args:
            host: the server's.
            port: the server's.
        """
        self._target = (host, port)
        self._open = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.turned_away = threading.Semaphore(0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._begin(self._accept)

    def open(self) -> None:
        """Turn nobody away from now on."""
        self._open.set()

    def close(self) -> None:
        """Cut every connection and stop listening."""
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                if not self._open.is_set():
                    client.close()
                    self.turned_away.release()
                    continue
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                self._begin(_pass_on, client, server)
                self._begin(_pass_on, server, client)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
