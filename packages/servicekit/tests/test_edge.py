from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from toy_service import toy_service, toy_settings

from servicekit import logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import httpx
    from fastapi import FastAPI

    Serving = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]

pytestmark = pytest.mark.anyio


@pytest.fixture
def json_logs(logging_as_before: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    logs.configure(toy_settings("postgresql:///nothing"))
    return logging_as_before


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.readouterr().out.splitlines()]


async def test_a_request_keeps_the_id_it_came_with(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"X-Request-Id": "trace-0123456789"})
    assert answer.headers["x-request-id"] == "trace-0123456789"


@pytest.mark.parametrize("given", ["short", "with blank 123", "x" * 65, "new\tline-123456", "ä" * 10])
async def test_a_request_with_an_id_that_could_harm_a_log_gets_a_new_one(
    client: httpx.AsyncClient, given: str
) -> None:
    answer = await client.get("/healthz", headers={b"X-Request-Id": given.encode()})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/me", "/coded"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers


async def test_over_https_browsers_are_told_to_stay_there(toy_database: str, serving: Serving) -> None:
    async with serving(toy_service(toy_settings(toy_database, public_url="https://testserver"))) as client:
        answer = await client.get("/healthz")
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_an_endpoint_may_set_a_header_itself(client: httpx.AsyncClient) -> None:
    assert (await client.get("/own-headers")).headers["cache-control"] == "max-age=60"


async def test_each_request_is_one_line_that_names_its_route_and_not_its_path(
    client: httpx.AsyncClient, json_logs: pytest.CaptureFixture[str]
) -> None:
    answer = await client.get("/slow/0?token=hunter2")
    (line,) = lines(json_logs)
    assert line["event"] == "request"
    assert (line["method"], line["route"], line["status"]) == ("GET", "/slow/{seconds}", 200)
    assert line["client"] == "192.0.2.7"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "hunter2" not in json.dumps(line)


async def test_a_bug_is_logged_with_its_traceback_and_without_values(
    client: httpx.AsyncClient, json_logs: pytest.CaptureFixture[str]
) -> None:
    await client.post("/notes", params={"fail": "bug"}, json={"body": "milk", "price": 12345})
    failure, request = lines(json_logs)
    assert (failure["event"], failure["level"], request["status"]) == ("request_failed", "error", 500)
    assert "LookupError" in str(failure["exception"])
    assert "12345" not in str(failure["exception"])
    assert failure["request_id"] == request["request_id"]


async def test_health_checks_do_not_fill_the_log(
    client: httpx.AsyncClient, json_logs: pytest.CaptureFixture[str]
) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert lines(json_logs) == []


async def test_an_answer_that_breaks_off_is_logged_and_broken_off(
    client: httpx.AsyncClient, json_logs: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LookupError):
        await client.get("/broken-off")
    assert [line["event"] for line in lines(json_logs)] == ["answer_broken_off", "request"]


async def test_metrics_count_requests_by_route(client: httpx.AsyncClient) -> None:
    await client.get("/slow/0")
    await client.get("/slow/0.0")
    await client.get("/nothing")
    await client.request("INVENTED", "/nothing")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'http_requests_total{method="GET",route="/slow/{seconds}",status="200"} 2.0' in answer.text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in answer.text
    assert 'http_requests_total{method="OTHER",route="unmatched",status="404"} 1.0' in answer.text
    assert 'http_request_seconds_count{method="GET",route="/slow/{seconds}"} 2.0' in answer.text
    for pool in ("transactions", "lookups"):
        assert f'database_requests_waiting{{pool="{pool}"}} 0.0' in answer.text
        assert f'database_pool_size{{pool="{pool}"}}' in answer.text
