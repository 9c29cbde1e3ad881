"""What a person at a terminal sees."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from workshop import PATIENCE, Result, ToyApp, Workshop


def at_a_terminal(workshop: Workshop, typed: str, *arguments: str) -> Result:
    """Run caravan with a terminal as its standard input, on which something is typed."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        done = subprocess.run(
            [sys.executable, "-m", "caravan", *arguments],
            check=False,
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            cwd=workshop.root,
            env=workshop.environment(),
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return Result(done.returncode, done.stdout, done.stderr)


@dataclass
class Terminal:
    """What a process that believes it is on a terminal has written there so far."""

    descriptor: int
    text: str = ""

    def read_until(self, words: str) -> None:
        until = time.monotonic() + PATIENCE
        while words not in self.text:
            assert time.monotonic() < until, self.text
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.text += os.read(self.descriptor, 65536).decode()


@contextlib.contextmanager
def on_a_terminal(workshop: Workshop, *arguments: str) -> Iterator[Terminal]:
    """Run caravan with a terminal as its standard output."""
    ours, theirs = pty.openpty()
    environment = workshop.environment(TERM="xterm")
    command = [sys.executable, "-m", "caravan", *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment
    )
    try:
        yield Terminal(ours)
    finally:
        os.close(theirs)
        while process.poll() is None:  # it may still write, and wait for that to be read
            if select.select([ours], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    os.read(ours, 65536)
        os.close(ours)


@pytest.mark.usefixtures("platform")
def test_a_yes_typed_on_a_terminal_is_enough(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    result = at_a_terminal(workshop, "yes\n", "drop")
    assert result.code == 0, result.err
    assert "deletes all rows" in result.err
    assert workshop.relations("platform") == []


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("typed", ["no\n", "\n", "y\n", "\x04"])
def test_anything_else_typed_is_a_no(workshop: Workshop, typed: str) -> None:
    assert workshop.run("migrate").code == 0
    result = at_a_terminal(workshop, typed, "drop")
    assert result.code == 2
    assert "error[unconfirmed]" in result.err
    assert workshop.relations("platform") == ["user"]


@pytest.mark.usefixtures("platform")
def test_drop_push_reset_and_protect_say_what_they_did(workshop: Workshop) -> None:
    pushed = workshop.run("push")
    assert pushed.code == 0, pushed.err
    assert "user" in pushed.out
    assert "Done: " in pushed.out
    assert "Nothing to do" in workshop.run("push").out
    assert "holds nothing of any app" in workshop.run("drop", "--yes").out
    reset = workshop.run("reset", "--yes")
    assert "was emptied and 1 applied in" in reset.out
    assert "is protected" in workshop.run("protect").out
    assert "is no longer protected" in workshop.run("protect", "--off").out


@pytest.mark.usefixtures("trading")
def test_check_says_that_all_is_well(workshop: Workshop) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run("check")
    assert (result.code, result.err) == (0, "")
    assert "All is well with platform, trading." in result.out


def test_generate_says_where_it_wrote_what_it_requires_and_what_it_would_run(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    assert "Nothing to generate" in workshop.run("generate", "trading", "-m", "nothing").out
    trading.tables(
        "accounts = Table('accounts', metadata, Column('id', Integer, primary_key=True, autoincrement=False),"
        " Column('user_id', ForeignKey(user.c.id, name='accounts_user_fkey', ondelete='RESTRICT'), nullable=False),"
        " Column('friend_id', ForeignKey(user.c.id, name='accounts_friend_fkey')))",
        imports=f"from {trading.package}.references import user\n",
    )
    made = workshop.run("generate", "trading", "-m", "befriend")
    assert made.code == 0, made.err
    assert f"requires platform {platform.head}" in made.out
    assert "befriend" in made.out
    assert "friend_id" in made.out
    assert workshop.run("migrate").code == 0
    assert "Nothing to generate" in workshop.run("generate", "trading", "-m", "nothing").out


@pytest.mark.parametrize("wait", ["-1", "soon", "inf", "nan"])
def test_a_wait_that_is_no_number_of_seconds_is_a_usage_error(workshop: Workshop, wait: str) -> None:
    result = workshop.run("migrate", f"--wait={wait}")
    assert result.code == 2
    assert f'argument --wait: "{wait}" is no number of seconds, 0 or more' in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate", "platform", "--to", ""),
        ("rollback", "platform", "--to", " "),
        ("generate", "platform", "-m", ""),
    ],
    ids=" ".join,
)
def test_a_text_that_a_script_left_empty_is_a_usage_error(
    workshop: Workshop, platform: ToyApp, arguments: tuple[str, ...]
) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run(*arguments)
    assert result.code == 2
    assert "must not be empty" in result.err
    assert workshop.version("platform") == [platform.head]


def test_each_apps_privileges_are_counted_under_its_name(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    result = workshop.run("migrate", "--verbose")
    counted = [line for line in result.out.splitlines() if line.startswith("Privileges of")]
    moved = [line for line in result.out.splitlines() if line.startswith(("  GRANT", "  REVOKE"))]
    ours = [line for line in moved if platform.runtime in line]
    assert counted == [
        f"Privileges of platform: {len(ours)} brought up to date",
        f"Privileges of trading: {len(moved) - len(ours)} brought up to date",
    ]
    assert f'GRANT REFERENCES ("id") ON TABLE "platform"."user" TO "{trading.owner}"' in result.out


@pytest.mark.usefixtures("trading")
def test_a_reset_shows_what_it_applies(workshop: Workshop) -> None:
    result = workshop.run("reset", "--yes")
    assert "Plan: 2 to apply" in result.out
    assert "  applied  trading" in result.out


def test_on_a_terminal_one_sees_what_is_being_applied(workshop: Workshop, platform: ToyApp) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    last = platform.revise(brake, message="take a while")
    with on_a_terminal(workshop, "migrate") as terminal:
        workshop.wait_for_brake()
        terminal.read_until(f"applying 2 of 2: platform {last}  take a while")
        workshop.set_brake(on=False)
        terminal.read_until("Done: 2 applied")
    plain = workshop.run("reset", "--yes")
    assert "applying" not in plain.out
    assert "\x1b" not in plain.out


@pytest.mark.usefixtures("trading")
@pytest.mark.parametrize("command", [("check",), ("generate", "trading", "-m", "nothing"), ("push",)])
def test_on_a_terminal_one_sees_that_something_takes_its_time(
    workshop: Workshop, command: tuple[str, ...]
) -> None:
    assert workshop.run("migrate").code == 0
    with on_a_terminal(workshop, *command) as terminal:
        terminal.read_until("throwaway database")


def test_signs_that_the_terminal_does_not_have_stop_nothing(workshop: Workshop, platform: ToyApp) -> None:
    last = platform.revise("SELECT 1", message="größer → ж")
    assert r"gr\xf6\xdfer \u2192 \u0436" in workshop.process("status", PYTHONIOENCODING="ascii").out
    result = workshop.process("migrate", PYTHONIOENCODING="ascii")
    assert (result.code, result.err) == (0, "")
    assert r"gr\xf6\xdfer \u2192 \u0436" in result.out
    assert workshop.version("platform") == [last]


def test_a_reader_that_stops_reading_does_not_stop_a_migrate(workshop: Workshop, platform: ToyApp) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    platform.revise(brake)
    last = platform.revise("SELECT 1")
    process = workshop.start("migrate")
    workshop.wait_for_brake()
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    workshop.set_brake(on=False)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert workshop.version("platform") == [last]


def test_a_full_disk_under_the_log_does_not_stop_a_migrate(workshop: Workshop, platform: ToyApp) -> None:
    last = platform.revise("SELECT 1")
    for command in ("migrate", "status"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "caravan", command],
                check=False,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                env=workshop.environment(),
            )
        assert done.returncode == 1
        lost = "error[output-lost]: Standard output could not be written: No space left on device."
        assert done.stderr == f"{lost} The command itself was carried out.\n"
        assert workshop.version("platform") == [last]


def test_privileges_alone_are_told_as_such(workshop: Workshop, platform: ToyApp, trading: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    trading.references('user = references.table("platform", "user", Column("id", Integer))')
    result = workshop.run("migrate")
    assert "Done: privileges brought up to date in" in result.out
    platform.write_manifest(runtime=platform.runtime)
    assert "Nothing to do" in workshop.run("migrate").out


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("variable", ["CARAVAN_LOCK_TIMEOUT", "CARAVAN_LOCK_RETRY"])
@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "1e300"])
def test_a_time_in_the_environment_that_is_none_is_a_usage_error(
    workshop: Workshop, variable: str, value: str
) -> None:
    result = workshop.run("migrate", **{variable: value})
    assert (result.code, result.error) == (2, "bad-setting")
    assert f'{variable} is "{value}"' in result.text
    assert workshop.relations("platform") == []


@pytest.mark.usefixtures("platform")
def test_no_lock_timeout_at_all_is_refused_for_others_would_queue_up_behind(workshop: Workshop) -> None:
    assert workshop.run("migrate", CARAVAN_LOCK_TIMEOUT="0").error == "bad-setting"
    assert workshop.run("migrate", CARAVAN_LOCK_RETRY="0").code == 0


def test_a_reader_that_stops_reading_is_no_crash(workshop: Workshop, platform: ToyApp) -> None:
    for number in range(400):
        platform.revise("SELECT 1", message=f"step {number} " + "x" * 200)
    process = workshop.start("status")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err


def test_the_module_can_be_imported_without_running(workshop: Workshop) -> None:
    process = workshop.start_python(
        "-c",
        "import caravan.__main__, caravan.database as d; print(repr(d.Database('postgresql://u:secret@h/d')))",
    )
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out.strip(), err) == (0, "Database(h:5432/d)", "")


def test_a_mistake_in_the_models_is_shown_where_it_is(workshop: Workshop, platform: ToyApp) -> None:
    platform.tables("1 / 0\n")
    result = workshop.process("bootstrap")
    assert result.code == 1
    assert "ZeroDivisionError" in result.err
    assert str(platform.folder / "tables.py") in result.err
