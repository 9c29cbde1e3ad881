"""No token and no password is anywhere but where it belongs, after everything was done once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import structlog
from platform_service import OTHER_PASSWORD, PASSWORD, PlatformService, link_in, new_address, token_in

from servicekit import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio

WRONG = "wrong-Zebra-quilt-marzipan-4711"


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What the service writes, with logs as in production."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield capsys
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def everything(service: PlatformService) -> str:
    """Every row of every table, bytes as hex and as text."""
    tables = service.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY (%s)", ["platform", "caravan"]
    )
    found = []
    for table in tables:
        for row in service.rows(f'SELECT * FROM "{table["schemaname"]}"."{table["tablename"]}"'):
            for value in row.values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                found += [raw.decode("latin-1"), raw.hex()]
    return "\n".join(found)


async def test_after_a_full_flow_no_secret_is_in_the_database_the_logs_the_metrics_or_an_error(
    service: PlatformService, output: pytest.CaptureFixture[str]
) -> None:
    logs.configure(service.application.settings)
    email, moved = new_address(), new_address()
    browser, program, stranger = await service.browser(), await service.program(), await service.browser()
    secrets, errors = {PASSWORD, OTHER_PASSWORD, WRONG}, []

    def keep(*tokens: str | None) -> None:
        secrets.update(token for token in tokens if token)

    await browser.sign_up(email)
    keep(browser.cookie)
    verification = token_in(await service.link())
    errors.append(await browser.get("/verify-email", params={"token": f"{verification}x"}))
    await browser.get("/verify-email", params={"token": verification})
    errors.append(await browser.get("/verify-email", params={"token": verification}))
    await browser.sign_in(email)
    keep(browser.cookie, verification)
    keep((await program.sign_in(email)).json()["token"])
    errors.append(await stranger.sign_in(email, WRONG))
    errors.append(
        await browser.post("/change-password", {"currentPassword": WRONG, "newPassword": OTHER_PASSWORD})
    )
    errors.append(
        await browser.post("/change-password", {"currentPassword": PASSWORD, "newPassword": [WRONG]})
    )
    changed = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD, "revokeOtherSessions": True}
    await browser.post("/change-password", changed)
    keep(browser.cookie)
    await service.deliver()
    await browser.post("/change-email", {"newEmail": moved})
    change = token_in(link_in((await service.deliver())[0]))
    await browser.get("/verify-email", params={"token": change})
    await service.deliver()
    await stranger.post("/request-password-reset", {"email": moved})
    reset = token_in(await service.link())
    await stranger.get(f"/reset-password/{reset}", params={"callbackURL": "/reset"})
    errors.append(await stranger.post("/reset-password", {"newPassword": WRONG[:8], "token": reset}))
    await stranger.post("/reset-password", {"newPassword": PASSWORD, "token": reset})
    errors.append(await stranger.post("/reset-password", {"newPassword": PASSWORD, "token": reset}))
    await browser.sign_in(moved)
    keep(browser.cookie, change, reset)
    errors.append(await browser.post("/delete-user", {"password": WRONG}))
    metrics = await browser.client.get("/metrics")

    assert len(secrets) >= 11
    assert all(error.status_code >= 400 for error in errors)
    places = {
        "the database": everything(service),
        "the logs": "".join(output.readouterr()),
        "the metrics": metrics.text,
        "an error": "\n".join(error.text for error in errors),
    }
    assert '"event": "sign-in"' in places["the logs"]
    for place, text in places.items():
        assert [secret for secret in secrets if secret in text or secret.encode().hex() in text] == [], place
    assert email not in places["the logs"]
    assert moved not in places["the logs"]
