"""Mail: over a real SMTP server, each once, whatever happens to the server or to a worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from platform_service import API, ORIGIN, PATIENCE, PlatformService, new_address, part, token_in, until
from smtp_server import SmtpServer

from platform_app.mail import Template, enqueue
from platform_app.mail.messages import Letter, compose
from platform_app.mail_worker import mail_worker, working

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from platform_service import Start

pytestmark = pytest.mark.anyio

TAKEN_BUT_NOT_NOTED = """
UPDATE platform.outbox SET status = 'pending', sent_at = NULL, content = '{}', available_at = now()
"""
"""What a worker leaves that dies between the mail server's last word and its own commit."""


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer()
    server.start()
    yield server
    server.stop(no_assert=True)


@pytest.fixture
async def post_office(start: Start, smtp: SmtpServer) -> PlatformService:
    """The service, whose mail goes to the SMTP server."""
    return await start(smtp_host="127.0.0.1", smtp_port=smtp.port, smtp_security="none")


@asynccontextmanager
async def sending(service: PlatformService, workers: int = 1) -> AsyncIterator[None]:
    settings, database = service.application.settings, service.application.database
    if workers == 0:
        yield
        return
    async with sending(service, workers - 1), working(settings, database):
        yield


def pending(service: PlatformService) -> int:
    return len(service.rows("SELECT 1 FROM platform.outbox WHERE status IN ('pending', 'sending')"))


def outcomes(service: PlatformService) -> list[tuple[str, str | None]]:
    found = service.rows("SELECT status, last_error FROM platform.outbox ORDER BY status")
    return [(row["status"], row["last_error"]) for row in found]


async def write_down(service: PlatformService, count: int) -> None:
    async with service.application.database.begin() as connection:
        for number in range(count):
            await enqueue(connection, Template.PASSWORD_CHANGED, f"user{number}@example.com")


async def test_a_verification_and_a_reset_mail_arrive_as_text_and_html(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    browser = await post_office.browser()
    email = new_address()
    await browser.sign_up(email)
    await browser.post("/request-password-reset", {"email": email, "redirectTo": "/reset?a=1&b=2"})
    async with sending(post_office):
        await until(lambda: len(smtp.got.mails) == 2)
    for mail in smtp.got.mails:
        assert mail["To"] == mail["X-Envelope-To"] == email
        assert mail["From"] == "no-reply@tradepost.example"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"]
        assert mail["Date"]
        assert mail.get_content_type() == "multipart/alternative"
        assert f"{ORIGIN}{API}/" in part(mail, "plain")
        assert f'href="{ORIGIN}{API}/' in part(mail, "html")
    reset = next(mail for mail in smtp.got.mails if "Reset" in mail["Subject"])
    token = token_in(part(reset, "plain"))
    assert f"/reset-password/{token}?callbackURL=%2Freset%3Fa%3D1%26b%3D2" in part(reset, "plain")
    response = await browser.post(
        "/reset-password", {"newPassword": "quite another pass phrase", "token": token}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: eve@example.com", "a\nBcc: eve@example.com", "a\rb", "=?utf-8?q?a=0D=0ABcc:_eve?="]
)
def test_no_header_takes_another_one_in(text: str) -> None:
    letter = Letter(subject=text, paragraphs=("x",))
    with pytest.raises(ValueError, match=r"(?i)control character|linefeed"):
        compose(letter, sender="a@example.com", recipient="b@example.com", message_id="<1@x>")


def test_html_says_what_the_text_says_and_runs_nothing() -> None:
    letter = Letter(subject="<b>", paragraphs=("<script>x</script>",), link='http://x/?a="&b=<', action="Go")
    assert "<script>" not in letter.html
    assert 'href="http://x/?a=&quot;&amp;b=&lt;"' in letter.html
    assert 'http://x/?a="&b=<' in letter.text


async def test_a_mail_server_that_is_down_slows_no_request_and_loses_no_mail(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    smtp.stop()
    browser = await post_office.browser()
    email = new_address()
    async with sending(post_office):
        await browser.sign_up(email)
        await until(
            lambda: bool(post_office.rows("SELECT 1 FROM platform.outbox WHERE last_error IS NOT NULL"))
        )
    (row,) = post_office.rows("SELECT *, available_at > now() AS later FROM platform.outbox")
    assert (row["status"], row["attempts"], row["later"]) == ("pending", 1, True)
    assert email not in row["last_error"]
    post_office.rows("UPDATE platform.outbox SET available_at = now()")
    again = SmtpServer(smtp.port)
    again.start()
    async with sending(post_office):
        await until(lambda: len(again.got.mails) == 1)
    again.stop()


async def test_waits_grow_from_try_to_try_and_end_after_a_day_and_a_half(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    smtp.got.answer = "451 try again later"
    await write_down(post_office, 1)
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    waits = []
    while await worker.work():
        (row,) = post_office.rows(
            "SELECT status, extract(epoch FROM available_at - updated_at)::float8 AS wait FROM platform.outbox"
        )
        if row["status"] == "pending":
            waits.append(row["wait"])
        post_office.rows("UPDATE platform.outbox SET available_at = now() WHERE status = 'pending'")
    assert len(waits) == 19
    assert 4 <= waits[0] <= 6
    assert waits[-1] > 3 * 3600
    assert sum(waits) > 24 * 3600
    (row,) = post_office.rows("SELECT status, attempts, content FROM platform.outbox")
    assert row == {"status": "abandoned", "attempts": 20, "content": None}


async def test_a_refusal_for_good_is_not_tried_again(post_office: PlatformService, smtp: SmtpServer) -> None:
    smtp.got.answer = "550 no such mailbox"
    await write_down(post_office, 1)
    async with sending(post_office):
        await until(lambda: pending(post_office) == 0)
    (row,) = post_office.rows("SELECT status, attempts, last_error FROM platform.outbox")
    assert (row["status"], row["attempts"]) == ("abandoned", 1)
    assert "550" in row["last_error"]


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "550 5.7.1 not from here"])
async def test_a_mail_server_that_refuses_us_and_not_the_recipient_loses_no_mail(
    post_office: PlatformService, smtp: SmtpServer, answer: str
) -> None:
    smtp.got.to_sender = answer
    await write_down(post_office, 1)
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    await worker.work()
    (row,) = post_office.rows("SELECT status, last_error FROM platform.outbox")
    assert row == {"status": "pending", "last_error": f"SMTPSenderRefused {answer[:3]}"}
    smtp.got.to_sender = "250 OK"
    post_office.rows("UPDATE platform.outbox SET available_at = now()")
    await worker.work()
    assert list(smtp.got.counts.values()) == [1]


async def test_a_mail_server_that_takes_a_mail_and_then_says_nothing_more_gets_it_once(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    smtp.got.farewell = PATIENCE
    await write_down(post_office, 1)
    settings, database = post_office.application.settings, post_office.application.database
    await mail_worker(settings, database, timedelta(seconds=20)).work()
    assert post_office.rows("SELECT status, attempts FROM platform.outbox") == [
        {"status": "sent", "attempts": 1}
    ]


async def test_three_workers_send_each_mail_once(post_office: PlatformService, smtp: SmtpServer) -> None:
    await write_down(post_office, 40)
    async with sending(post_office, workers=3):
        await until(lambda: pending(post_office) == 0)
    assert sorted(smtp.got.counts.values()) == [1] * 40
    assert len(post_office.rows("SELECT 1 FROM platform.outbox WHERE status = 'sent' AND attempts = 1")) == 40


async def test_a_mail_whose_worker_died_is_sent_by_another_after_its_lease(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    await write_down(post_office, 1)
    post_office.rows(
        "UPDATE platform.outbox SET status = 'sending', claimed_by = 'dead', attempts = 1,"
        " available_at = now() + interval '1 hour'"
    )
    settings, database = post_office.application.settings, post_office.application.database
    worker = mail_worker(settings, database)
    assert not await worker.work()
    post_office.rows("UPDATE platform.outbox SET available_at = now()")
    assert await worker.work()
    assert list(smtp.got.counts.values()) == [1]


async def test_a_worker_that_slept_through_its_lease_marks_nothing(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    await write_down(post_office, 1)
    settings, database = post_office.application.settings, post_office.application.database
    smtp.got.delay = PATIENCE
    slow = asyncio.create_task(mail_worker(settings, database, timedelta(minutes=10)).work())
    await until(smtp.got.arrived.is_set)
    post_office.rows("UPDATE platform.outbox SET claimed_by = 'another', attempts = 2")
    smtp.got.go.set()
    await slow
    assert post_office.rows("SELECT status, claimed_by FROM platform.outbox") == [
        {"status": "sending", "claimed_by": "another"}
    ]


async def test_a_mail_that_is_handed_over_again_has_the_same_message_id_and_a_link_that_works(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    browser = await post_office.browser()
    await browser.sign_up()
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    await worker.work()
    post_office.rows(TAKEN_BUT_NOT_NOTED)
    await worker.work()
    first, second = smtp.got.mails
    assert first["Message-ID"] == second["Message-ID"]
    response = await browser.get("/verify-email", params={"token": token_in(part(second, "plain"))})
    assert response.status_code == 200


async def test_a_link_that_was_used_stays_used_when_its_mail_is_handed_over_again(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    browser = await post_office.browser()
    await browser.sign_up()
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    await worker.work()
    token = token_in(part(smtp.got.mails[0], "plain"))
    assert (await browser.get("/verify-email", params={"token": token})).status_code == 200
    post_office.rows('UPDATE platform."user" SET email_verified = false')
    post_office.rows(TAKEN_BUT_NOT_NOTED)
    await worker.work()
    assert len(smtp.got.mails) == 2
    assert (await browser.get("/verify-email", params={"token": token})).status_code == 401


async def test_a_mail_that_was_delayed_for_hours_carries_a_link_that_is_good_for_one(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    browser = await post_office.browser()
    await browser.sign_up()
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    smtp.got.answer = "451 not yet"
    await worker.work()
    post_office.rows("UPDATE platform.verification SET expires_at = now() - interval '3 hours'")
    post_office.rows("UPDATE platform.outbox SET available_at = now()")
    smtp.got.answer = "250 OK"
    await worker.work()
    (mail,) = smtp.got.mails
    response = await browser.get("/verify-email", params={"token": token_in(part(mail, "plain"))})
    assert response.status_code == 200


async def test_a_mail_that_cannot_be_written_stops_no_other(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    await write_down(post_office, 2)
    post_office.rows(
        "UPDATE platform.outbox SET template = 'email-change', content = '{}'"
        " WHERE recipient = 'user0@example.com'"
    )
    async with sending(post_office):
        await until(lambda: outcomes(post_office) == [("pending", "KeyError"), ("sent", None)])
    assert len(smtp.got.mails) == 1


async def test_a_mail_that_cannot_be_put_together_stops_no_other(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    await write_down(post_office, 2)
    post_office.rows(
        "UPDATE platform.outbox SET recipient = E'a\r\nBcc: eve@example.com'"
        " WHERE recipient = 'user0@example.com'"
    )
    async with sending(post_office):
        await until(lambda: outcomes(post_office) == [("pending", "ValueError"), ("sent", None)])
    assert len(smtp.got.mails) == 1


async def test_a_worker_outlives_what_nobody_thought_of(
    post_office: PlatformService, smtp: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await write_down(post_office, 1)
    post_office.rows("ALTER TABLE platform.outbox RENAME TO elsewhere")
    async with sending(post_office):
        await until(lambda: "mail_worker_failed" in capsys.readouterr().out)
        post_office.rows("ALTER TABLE platform.elsewhere RENAME TO outbox")
        await until(lambda: len(smtp.got.mails) == 1)
    assert len(smtp.got.mails) == 1


async def test_in_development_mails_are_files(start: Start, tmp_path: Path) -> None:
    service = await start(
        mail_transport="directory", mail_directory=tmp_path / "mailbox", mail_in_process=True
    )
    browser = await service.browser()
    await browser.sign_up()
    await until(lambda: bool(list((tmp_path / "mailbox").glob("*.eml"))))
    (mail,) = (tmp_path / "mailbox").glob("*.eml")
    assert b"Verify your address" in mail.read_bytes()


@contextmanager
def worker_process(service: PlatformService, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "ENVIRONMENT": "production",
        "DATABASE_URL": service.url,
        "PLATFORM_PUBLIC_URL": ORIGIN,
        "PLATFORM_SMTP_HOST": "127.0.0.1",
        "PLATFORM_SMTP_PORT": str(port),
        "PLATFORM_SMTP_SECURITY": "none",
    }
    command = [sys.executable, "-m", "platform_app.cli", "worker"]
    popen = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert popen.stdout is not None
        assert any("mail_worker_started" in line for line in popen.stdout)  # from here on it hears signals
        yield popen
    finally:
        popen.kill()
        popen.communicate()


async def test_three_processes_and_a_kill_in_the_middle_lose_and_repeat_nothing(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    await write_down(post_office, 30)
    smtp.got.answer = "451 not yet"  # nobody's mail is taken before one worker is dead
    smtp.got.delay = 600
    with worker_process(post_office, smtp.port) as victim:
        await until(smtp.got.arrived.is_set)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    (held,) = post_office.rows("SELECT id FROM platform.outbox WHERE status = 'sending'")
    smtp.got.answer, smtp.got.delay = "250 OK", 0
    post_office.rows(
        "UPDATE platform.outbox SET available_at = now() WHERE id = %s", held["id"]
    )  # its lease is over
    with (
        worker_process(post_office, smtp.port),
        worker_process(post_office, smtp.port),
        worker_process(post_office, smtp.port) as last,
    ):
        await until(lambda: pending(post_office) == 0)
        last.send_signal(signal.SIGTERM)
        last.wait()
        assert last.returncode == 0
    assert sorted(smtp.got.counts.values()) == [1] * 30


async def test_a_request_does_not_wait_for_a_slow_mail_server(
    post_office: PlatformService, smtp: SmtpServer
) -> None:
    smtp.got.delay = 600
    browser = await post_office.browser()
    worker = mail_worker(post_office.application.settings, post_office.application.database)
    await write_down(post_office, 1)
    stuck = asyncio.create_task(worker.work())
    await until(smtp.got.arrived.is_set)
    started = time.monotonic()
    response = await browser.post("/request-password-reset", {"email": new_address()})
    assert response.status_code == 200
    assert time.monotonic() - started < 300  # the server holds its mail for ten minutes
    stuck.cancel()
