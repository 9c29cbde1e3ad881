"""How much the load generator can send: a server that answers without looking."""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import TYPE_CHECKING, cast

import uvloop

from bench.http_load import HOST, measure, request

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 600\r\n\r\n" + b"x" * 600
SECONDS = 1.0


async def ceiling(concurrency: int) -> float:
    """Give the answers per second of a server that does nothing, in a process of its own.

    Args:
        concurrency: how many requests are in flight.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        port = await asyncio.to_thread(ours.recv)
        sent = request("GET", "/", cookie="better-auth.session_token=" + "x" * 43)
        clients = [lambda: sent] * concurrency
        return (await measure(port, clients, warm_up=SECONDS / 4, seconds=SECONDS)).per_second
    finally:
        process.terminate()
        process.join()


class _Nothing(asyncio.Protocol):
    _transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, _data: bytes) -> None:
        self._transport.write(ANSWER)


def _serve(announce: Connection) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(_Nothing, HOST, 0)
        announce.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(forever())
