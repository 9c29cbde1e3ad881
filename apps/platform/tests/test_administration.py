"""The platform's command line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import structlog
from anyio import to_thread
from platform_service import ORIGIN, PASSWORD, PlatformService, new_address

from platform_app.cli import main

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = pytest.mark.anyio


@pytest.fixture
def run(
    service: PlatformService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Awaitable[tuple[int, str, str]]]]:
    """Runs a command: its exit code, what it said, and what it complained of."""
    for name, value in {
        "DATABASE_URL": service.url,
        "PLATFORM_PUBLIC_URL": ORIGIN,
        "PLATFORM_PASSWORD_MEMORY": "19456",
        "PLATFORM_PASSWORD_TIME": "2",
    }.items():
        monkeypatch.setenv(name, value)

    async def command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = await to_thread.run_sync(main, list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    yield command
    structlog.reset_defaults()


async def test_an_administrator_signs_in_with_the_password_from_stdin(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    code, out, _ = await run("create-admin", email, "--name", "Root", stdin=f"{PASSWORD}\n")
    assert code == 0
    (row,) = service.rows('SELECT id::text, role, email_verified, name FROM platform."user"')
    assert row == {"id": out.strip(), "role": "admin", "email_verified": True, "name": "Root"}
    assert (await (await service.browser()).sign_in(email)).status_code == 200
    assert service.events("user.create")[0]["metadata"] == {"role": "admin"}


async def test_a_user_that_other_services_act_as_is_made_as_an_administrator_is(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    code, _, _ = await run("create-service", email, "--name", "Feed", stdin=f"{PASSWORD}\n")
    assert code == 0
    assert service.rows('SELECT role, name FROM platform."user"') == [{"role": "service", "name": "Feed"}]
    assert (await (await service.browser()).sign_in(email)).status_code == 200


async def test_what_cannot_be_done_is_said_and_fails(
    run: Callable[..., Awaitable[tuple[int, str, str]]],
) -> None:
    email = new_address()
    await run("create-admin", email, stdin=PASSWORD)
    failing = {
        ("create-admin", email): "There is a user with this address already.",
        ("create-admin", "nope"): "This is not an e-mail address.",
        ("list-sessions", "no@example.com"): "There is no user with this address.",
        ("revoke", "--user", "no@example.com"): "There is no user with this address.",
        ("revoke", "nope"): "There is no session with this id.",
        ("revoke", "019a0000-0000-7000-8000-000000000000"): "There is no session with this id.",
        ("ban", "no@example.com"): "There is no user with this address.",
        ("unban", "no@example.com"): "There is no user with this address.",
    }
    for arguments, message in failing.items():
        code, _, complaint = await run(*arguments, stdin=PASSWORD)
        assert (code, complaint.strip()) == (1, message), arguments
    unfit = {
        "short": "Password too short",
        "correct horse\0battery staple": "A password is text in UTF-8 without NUL.",
        "correct horse \udcff battery staple": "A password is text in UTF-8 without NUL.",
    }
    for password, message in unfit.items():
        code, _, complaint = await run("create-admin", new_address(), stdin=password)
        assert (code, complaint.strip()) == (1, message)
    for name in ("x" * 201, "Root\x1b[31m", "Root\nadmin"):
        code, _, complaint = await run("create-admin", new_address(), "--name", name, stdin=PASSWORD)
        assert (code, complaint.strip()) == (1, "A name is one line of at most 200 characters.")


async def test_a_line_that_ends_as_on_windows_is_the_same_password(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    await run("create-admin", email, stdin=f"{PASSWORD}\r\n")
    assert (await (await service.browser()).sign_in(email)).status_code == 200


async def test_a_database_that_is_away_is_said_in_a_line_and_told_from_other_failures(
    run: Callable[..., Awaitable[tuple[int, str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:hunter2@127.0.0.1:1/nothing")
    monkeypatch.setenv("PLATFORM_DATABASE_WAIT_SECONDS", "0.2")
    code, out, complaint = await run("prune")
    assert (code, out) == (5, "")
    assert complaint.splitlines()[-1] == "The database gives no answer; try again."
    assert "Traceback" not in complaint
    assert "hunter2" not in complaint


async def test_a_database_without_the_tables_is_said_in_a_line(
    run: Callable[..., Awaitable[tuple[int, str, str]]],
    empty_database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database)
    monkeypatch.setenv("PLATFORM_DATABASE_ROLE", "")
    code, _, complaint = await run("list-sessions", "ann@example.com")
    assert (code, complaint) == (1, "The database lacks the newest tables: run `platform migrate` first.\n")


async def test_an_argument_that_is_no_text_is_a_wrong_use(
    run: Callable[..., Awaitable[tuple[int, str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        await run("ban", "ann@example.com", "--reason", "\udcff")
    assert ended.value.code == 2
    assert "an argument is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_wrong_use(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: must be a number from 0 to 65535" in capsys.readouterr().err


async def test_what_a_client_calls_itself_cannot_write_to_the_operators_terminal(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    browser = await service.browser()
    await browser.sign_up(email)
    service.rows("UPDATE platform.session SET user_agent = %s", "Mozilla\t5.0 \x9b31m\x7f")
    _, out, _ = await run("list-sessions", email)
    (line,) = out.splitlines()
    assert len(line.split("\t")) == 5
    assert line.endswith(r"	Mozilla\t5.0 \x9b31m\x7f")


async def test_sessions_are_listed_and_revoked(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    callers = [await service.browser() for _ in range(3)]
    await callers[0].sign_up(email)
    for caller in callers[1:]:
        await caller.sign_in(email)
    _, out, _ = await run("list-sessions", email)
    listed = [line.split("\t") for line in out.splitlines()]
    assert len(listed) == 3
    assert listed[0][3] == "192.0.2.7"
    assert (await run("revoke", listed[0][0]))[0] == 0
    assert await callers[0].session() is None
    assert await callers[1].session() is not None
    _, out, _ = await run("revoke", "--user", email)
    assert out.split("\t")[0] == "2"
    assert await callers[1].session() is None
    assert len(service.events("session.revoke")) == 2


async def test_a_banned_user_is_out_at_once_and_back_after_unban(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    browser = await service.browser()
    await browser.sign_up(email)
    assert (await run("ban", email, "--reason", "spam"))[0] == 0
    assert await browser.session() is None
    assert (await browser.sign_in(email)).status_code == 403
    assert service.rows('SELECT ban_reason FROM platform."user"') == [{"ban_reason": "spam"}]
    assert (await run("unban", email))[0] == 0
    assert (await browser.sign_in(email)).status_code == 200
    assert [len(service.events(event)) for event in ("user.ban", "user.unban")] == [1, 1]


async def test_prune_removes_what_is_over_and_nothing_else(
    run: Callable[..., Awaitable[tuple[int, str, str]]], service: PlatformService
) -> None:
    email = new_address()
    old, new = await service.browser(), await service.browser()
    await old.sign_up(email)
    await service.deliver()
    service.rows("UPDATE platform.session SET expires_at = now() - interval '1 day'")
    service.rows("UPDATE platform.verification SET expires_at = now() - interval '1 day'")
    service.rows("UPDATE platform.outbox SET updated_at = now() - interval '8 days'")
    service.rows("UPDATE platform.throttle SET window_started_at = now() - interval '2 days'")
    await new.sign_in(email, "wrong password, once again")
    await new.sign_in(email)
    await new.post("/request-password-reset", {"email": email})
    code, out, _ = await run("prune")
    counts = dict(line.split("\t") for line in out.splitlines())
    assert code == 0
    assert (counts["session"], counts["verification"], counts["outbox"]) == ("1", "1", "1")
    assert await new.session() is not None
    assert len(service.rows("SELECT 1 FROM platform.outbox WHERE status = 'pending'")) == 1
    assert (await run("prune"))[1] == "session\t0\nverification\t0\noutbox\t0\nthrottle\t0\n"
