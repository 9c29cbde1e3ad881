"""A proxy that answers clients itself and lends them server connections, as pgbouncer does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

import psycopg

_READY = b"Z"
_IDLE = b"I"


class Pooler:
    """Lends server connections for a session or, by transaction, another one each time.

    It speaks as much of the protocol as libpq needs: no encryption, no password, messages passed on whole.
    """

    def __init__(self, url: str) -> None:
        """Listen.

        Args:
            url: the database to lend connections to.
        """
        self.by_transaction = False
        self.server_version = "18.0"
        self._url = url
        self._free: list[psycopg.Connection] = []
        self._all: list[psycopg.Connection] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._clients: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._begin(self._accept)

    def close(self) -> None:
        """End every session."""
        for each in (self._listener, *self._clients):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()
        for connection in self._all:
            connection.close()

    def _begin(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, EOFError):
            if not _started(client, self.server_version):
                return
            lent = self._lend(None)
            try:
                while True:
                    lent = self._one_round(client, lent)
            finally:
                with self._lock:
                    self._free.append(lent)

    def _one_round(self, client: socket.socket, lent: psycopg.Connection) -> psycopg.Connection:
        """Pass on one request and its answer; between transactions change the server connection if asked to."""
        server = socket.socket(fileno=lent.fileno())
        server.settimeout(None)  # libpq had it not wait at all
        try:
            while True:
                kind, message = _message(client)
                if kind == b"X":
                    raise EOFError
                server.sendall(message)
                if kind in b"QS":
                    break
            state = b""
            while not state:
                kind, message = _message(server)
                client.sendall(message)
                state = message[5:] if kind == _READY else b""
        finally:
            server.detach()
        return self._lend(lent) if self.by_transaction and state == _IDLE else lent

    def _lend(self, back: psycopg.Connection | None) -> psycopg.Connection:
        with self._lock:
            if not self._free:
                made = psycopg.connect(self._url, autocommit=True)
                self._all.append(made)
                self._free.append(made)
            if back is not None:
                self._free.append(back)
            return self._free.pop(0)


def _started(client: socket.socket, server_version: str) -> bool:
    """Greet a client; refuse encryption, ignore a request to cancel."""
    while True:
        size, code = struct.unpack("!II", _exactly(client, 8))
        _exactly(client, size - 8)
        if code >> 16 == 3:
            break
        if code & 0xFFFF not in (5679, 5680):
            return False
        client.sendall(b"N")
    parameters = {
        "server_version": server_version,
        "client_encoding": "UTF8",
        "standard_conforming_strings": "on",
    }
    answer = b"R" + struct.pack("!II", 8, 0)
    for name, value in parameters.items():
        body = f"{name}\0{value}\0".encode()
        answer += b"S" + struct.pack("!I", 4 + len(body)) + body
    answer += b"K" + struct.pack("!III", 12, 1, 1)  # the proxy's own idea of a process, as pgbouncer gives
    client.sendall(answer + _READY + struct.pack("!I", 5) + _IDLE)
    return True


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(source, 5)
    return head[:1], head + _exactly(source, struct.unpack("!I", head[1:])[0] - 4)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = source.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
