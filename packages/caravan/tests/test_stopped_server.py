"""The server is stopped in the middle, and comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from workshop import Workshop, finish

from devdb.embedded import Embedded


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    """Give a server of the test's own."""
    made = Embedded(tmp_path / "server")  # a durable one: what it confirmed it keeps
    yield made
    made.stop()
    made.remove()


def test_a_server_that_is_stopped_in_the_middle_and_started_again_is_at_a_boundary(
    tmp_path: Path, server: Embedded
) -> None:
    running = server.start()
    workshop = Workshop(tmp_path / "apps", running.url)
    app = workshop.app("platform")
    first = app.revise("CREATE TABLE platform.a ()")
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    second = app.revise(["CREATE TABLE platform.b ()", brake])
    process = workshop.start("migrate")
    workshop.wait_for_brake()
    assert running.pid is not None
    os.kill(running.pid, signal.SIGQUIT)
    result = finish(process)
    assert (result.code, result.error) == (5, "no-connection")
    assert "Traceback" not in result.err

    down = workshop.run("status")
    assert (down.code, down.error) == (5, "no-connection")

    workshop.url = server.start().url
    assert workshop.version("platform") == [first]
    assert workshop.relations("platform") == ["a"]
    workshop.set_brake(on=False)
    assert workshop.run("migrate", "--wait", "60", "--json").applied == [second]
    assert workshop.relations("platform") == ["a", "b"]
