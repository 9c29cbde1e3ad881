from __future__ import annotations

import json
import logging

import pytest
import structlog
from toy_service import toy_settings

from servicekit import logs

pytestmark = pytest.mark.usefixtures("logging_as_before")


def test_in_production_each_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(toy_settings("postgresql:///nothing"))
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("signed_in", user_id=7)
        logging.getLogger("uvicorn.error").info("Started server process [%d]", 12)
    ours, theirs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (ours["event"], ours["user_id"], ours["request_id"]) == ("signed_in", 7, "r-1")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["logger"]) == ("Started server process [12]", "uvicorn.error")
    assert theirs["request_id"] == "r-1"


def test_in_development_lines_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(toy_settings("postgresql:///nothing", environment="development"))
    structlog.get_logger().info("signed_in", user_id=7)
    logging.getLogger("httpx").info("HTTP Request: GET https://mail.example/verify?token=hunter2")
    (line,) = capsys.readouterr().out.splitlines()
    assert "signed_in" in line
    assert "user_id=7" in line


@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_traceback_never_shows_local_variables(
    capsys: pytest.CaptureFixture[str], environment: str
) -> None:
    logs.configure(toy_settings("postgresql:///nothing", environment=environment))

    def sign_in(password: str) -> None:
        raise LookupError(len(password))

    try:
        sign_in("hunter2".upper())
    except LookupError:
        structlog.get_logger().exception("failed")
    logged = capsys.readouterr().out
    assert "LookupError: 7" in logged
    assert "HUNTER2" not in logged


def test_the_pool_says_the_same_once_a_minute_and_something_else_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(toy_settings("postgresql:///nothing"))
    pool = logging.getLogger("psycopg.pool")
    for _ in range(3):
        pool.warning("error connecting in %r: %s", "toy", "password authentication failed")
    pool.warning("error connecting in %r: %s", "toy", "connection refused")
    for _ in range(2):
        logging.getLogger("uvicorn.error").warning("said twice")
    told = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "error connecting in 'toy': password authentication failed",
        "error connecting in 'toy': connection refused",
        "said twice",
        "said twice",
    ]


def test_after_a_minute_the_pool_says_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom = logs.Seldom()
    monkeypatch.setattr(seldom, "seconds", 0.0)
    record = logging.LogRecord("psycopg.pool", logging.WARNING, "", 0, "again", None, None)
    assert (seldom(record), seldom(record)) == (True, True)
