"""Clients that send as little as they can, or without an end."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest
from server_process import ServerProcess, server_process

from servicekit import guard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

SUPPORT = Path(__file__).parent / "support"
IMPATIENT = """
from servicekit import request_heads
from servicekit.serving import serve

request_heads.SECONDS = {seconds}
serve("toy_service:from_environment", host="127.0.0.1", port=0)
"""
PATIENCE = 120.0
MEBIBYTE = 1 << 20
HEAD = b"GET /healthz HTTP/1.1\r\nhost: toy\r\n"


def toy(seconds: float) -> Iterator[ServerProcess]:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "PUBLIC_URL": "http://toy"}
    with server_process(
        ["-c", IMPATIENT.format(seconds=seconds)], PYTHONPATH=str(SUPPORT), **environment
    ) as started:
        yield started


@pytest.fixture(scope="module")
def impatient() -> Iterator[ServerProcess]:
    yield from toy(0.5)


@pytest.fixture(scope="module")
def patient() -> Iterator[ServerProcess]:
    yield from toy(PATIENCE)


def connect(server: ServerProcess) -> socket.socket:
    where = httpx.URL(server.address)
    return socket.create_connection((where.host, where.port), timeout=PATIENCE)


def send_again_and_again(
    connection: socket.socket, piece: bytes, *, times: int = 1000, pause: float = 0
) -> None:
    for _ in range(times):
        connection.sendall(piece)
        time.sleep(pause)


def said_until_the_end(connection: socket.socket) -> bytes:
    said = b""
    try:
        while got := connection.recv(65536):
            said += got
    except ConnectionResetError:  # it closed while we were still sending
        pass
    return said


def test_a_connection_on_which_nothing_is_asked_is_closed(impatient: ServerProcess) -> None:
    with closing(connect(impatient)) as connection:
        assert said_until_the_end(connection) == b""


def test_a_head_that_does_not_end_in_time_is_refused(impatient: ServerProcess) -> None:
    with closing(connect(impatient)) as connection:
        connection.sendall(HEAD)
        assert said_until_the_end(connection).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_head_that_comes_a_byte_at_a_time_gets_no_more_time_for_each(impatient: ServerProcess) -> None:
    with closing(connect(impatient)) as connection:
        connection.sendall(HEAD)
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, b"x", pause=0.05)


def test_blank_lines_between_two_requests_do_not_hold_a_connection(impatient: ServerProcess) -> None:
    with closing(connect(impatient)) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionError):
            send_again_and_again(connection, b"\r\n", pause=0.05)


def test_an_answer_may_take_longer_than_its_head_might(impatient: ServerProcess) -> None:
    with closing(connect(impatient)) as connection:
        # the pool waits three seconds for a database that is not there
        connection.sendall(b"GET /readyz HTTP/1.1\r\nhost: toy\r\nconnection: close\r\n\r\n")
        assert said_until_the_end(connection).startswith(b"HTTP/1.1 503")


def test_a_head_without_an_end_is_refused_and_fills_no_memory(patient: ServerProcess) -> None:
    process = psutil.Process(patient.popen.pid)
    before = process.memory_info().rss
    for first in (HEAD + b"x: ", b"GET /"):
        with closing(connect(patient)) as connection:
            connection.sendall(first)
            with pytest.raises(ConnectionError):
                send_again_and_again(connection, b"y" * MEBIBYTE, times=64)
    assert process.memory_info().rss - before < 16 * MEBIBYTE


def test_a_head_in_many_pieces_is_read(patient: ServerProcess) -> None:
    with closing(connect(patient)) as connection:
        for piece in (HEAD[:3], HEAD[3:], b"x: " + b"y" * 30_000, b"y" * 30_000, b"\r\n", b"\r\n"):
            connection.sendall(piece)
            time.sleep(0.02)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_failure_of_ours(patient: ServerProcess) -> None:
    with closing(connect(patient)) as connection:
        connection.sendall(
            b"POST /notes HTTP/1.1\r\nhost: toy\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
    assert patient.read_until("request") == "request"  # and not request_failed
    metrics = httpx.get(f"{patient.address}/metrics").text
    assert 'http_requests_total{method="POST",route="/notes",status="400"} 1.0' in metrics


@pytest.mark.anyio
async def test_a_body_that_does_not_end_in_time_is_refused(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"body": '
        await asyncio.sleep(PATIENCE)
        yield b'"milk"}'

    answer = await client.post("/notes", content=slow(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "REQUEST_TIMEOUT")
    assert answer.headers["connection"] == "close"


@pytest.mark.anyio
async def test_a_body_may_take_its_time_once_it_is_complete(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.2)
    answer = await client.get("/slow/1")
    assert answer.status_code == 200
