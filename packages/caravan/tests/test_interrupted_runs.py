"""Kill -9, signals and lost connections: nothing half remains, and the next run finishes the job."""

from __future__ import annotations

import signal

import pytest
from workshop import ToyApp, Workshop, finish

# Ctrl-C as on a terminal, even where the tests themselves run in the background and ignore it.
AT_A_TERMINAL = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " from caravan.cli import main; sys.exit(main(sys.argv[1:]))"
)
PLACES = ("before anything", "between two statements", "at the end")


@pytest.fixture
def half(workshop: Workshop, platform: ToyApp) -> str:
    """Give a revision with a table, a brake and another table; the brake is on."""
    assert workshop.run("migrate").code == 0
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    return platform.revise(["CREATE TABLE platform.a ()", brake, "CREATE TABLE platform.b ()"])


def assert_nothing_of(workshop: Workshop, revision: str) -> None:
    assert workshop.relations("platform") == ["user"]
    assert revision not in workshop.version("platform")
    assert workshop.sql("SELECT 1 FROM caravan.revisions WHERE revision = %s", revision) == []


def assert_the_next_run_finishes(workshop: Workshop, revision: str) -> None:
    result = workshop.run("migrate", "--json")
    assert result.code == 0, result.err
    assert result.applied == [revision]
    assert workshop.relations("platform") == ["a", "b", "user"]
    assert workshop.history()[-1] == ("platform", revision, "up", "finished")


def test_of_a_revision_whose_process_was_killed_nothing_remains(workshop: Workshop, half: str) -> None:
    process = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert_nothing_of(workshop, half)
    workshop.set_brake(on=False)
    workshop.sql("SELECT pg_terminate_backend(%s)", pid)
    assert_the_next_run_finishes(workshop, half)


def test_the_server_notices_by_itself_that_the_runner_is_dead(workshop: Workshop, half: str) -> None:
    process = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    process.kill()
    process.communicate()
    gone = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)"
    assert workshop.wait_for(gone, pid) == (1,)
    workshop.set_brake(on=False)
    assert_the_next_run_finishes(workshop, half)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_rolls_the_current_revision_back_and_says_so(
    workshop: Workshop, half: str, number: signal.Signals
) -> None:
    process = workshop.start_python("-c", AT_A_TERMINAL, "migrate")
    workshop.wait_for_brake()
    process.send_signal(number)
    result = finish(process)
    assert (result.code, result.error) == (1, "interrupted")
    assert "Traceback" not in result.err
    assert "what was being applied is rolled back" in result.text
    assert_nothing_of(workshop, half)
    workshop.set_brake(on=False)
    assert_the_next_run_finishes(workshop, half)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_in_an_autocommit_block_says_what_remains(
    workshop: Workshop, platform: ToyApp, number: signal.Signals
) -> None:
    assert workshop.run("migrate").code == 0
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    last = platform.write_revision(
        "with op.get_context().autocommit_block():\n"
        "    op.execute('CREATE TABLE IF NOT EXISTS platform.a ()')\n"
        f"    op.execute({brake!r})\n"
    )
    process = workshop.start_python("-c", AT_A_TERMINAL, "migrate")
    workshop.wait_for_brake()
    process.send_signal(number)
    result = finish(process)
    assert (result.code, result.error) == (1, "interrupted")
    assert f"platform {last}" in result.text
    assert "what its autocommit blocks did remains" in result.text
    assert "Traceback" not in result.err
    assert workshop.history()[-1] == ("platform", last, "up", "failed")
    workshop.set_brake(on=False)
    assert workshop.run("migrate", "--json").applied == [last]


def test_a_signal_while_nothing_is_applied_speaks_of_no_revision(workshop: Workshop, half: str) -> None:
    holder = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    waiter = workshop.start("migrate", "--wait", "600")
    assert waiter.stdout is not None
    assert waiter.stdout.readline().startswith("Waiting: another caravan is at work")
    waiter.send_signal(signal.SIGTERM)
    result = finish(waiter)
    assert result.err == "error[interrupted]: Interrupted by SIGTERM. Run again to go on.\n"
    workshop.sql("SELECT pg_cancel_backend(%s)", pid)
    assert finish(holder).code == 1
    assert_nothing_of(workshop, half)


@pytest.mark.parametrize("place", range(len(PLACES)), ids=PLACES)
def test_a_terminated_connection_leaves_the_database_at_a_boundary(
    workshop: Workshop, platform: ToyApp, place: int
) -> None:
    assert workshop.run("migrate").code == 0
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    statements = ["CREATE TABLE platform.a ()", "CREATE TABLE platform.b ()"]
    statements.insert(place, brake)
    half = platform.revise(statements)

    process = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    workshop.sql("SELECT pg_terminate_backend(%s)", pid)
    result = finish(process)
    assert (result.code, result.error) == (5, "no-connection")
    assert "was lost (terminating connection due to administrator command)." in result.text
    assert len(result.err.splitlines()) == 1
    assert_nothing_of(workshop, half)
    workshop.set_brake(on=False)
    assert_the_next_run_finishes(workshop, half)


def test_a_runner_whose_lock_was_lost_begins_no_further_revision(
    workshop: Workshop, platform: ToyApp
) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    at_brake = platform.revise(brake)
    later = platform.revise("CREATE TABLE platform.later ()")
    process = workshop.start("migrate")
    workshop.wait_for_brake()
    workshop.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    workshop.set_brake(on=False)
    result = finish(process)
    assert (result.code, result.error) == (5, "no-connection")
    assert workshop.version("platform")[0] in (at_brake, next(iter(platform.revisions)))
    assert workshop.relations("platform") == ["user"]
    assert workshop.run("migrate", "--json").applied[-1] == later


def test_a_cancelled_statement_is_a_failed_revision(workshop: Workshop, half: str) -> None:
    process = workshop.start("migrate", "--json")
    workshop.sql("SELECT pg_cancel_backend(%s)", workshop.wait_for_brake())
    result = finish(process)
    assert (result.code, result.data["error"]) == (1, "revision-failed")
    assert "canceling statement" in result.data["message"]
    assert_nothing_of(workshop, half)


def test_a_signal_while_waiting_for_another_runner_ends_the_wait(workshop: Workshop, half: str) -> None:
    holder = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    waiter = workshop.start("migrate", "--wait", "600")
    workshop.wait_for(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"  # the holder's own connection asked something else since
    )
    waiter.send_signal(signal.SIGTERM)
    result = finish(waiter)
    assert (result.code, result.error) == (1, "interrupted")
    assert "Traceback" not in result.err
    workshop.sql("SELECT pg_cancel_backend(%s)", pid)
    assert finish(holder).code == 1
    assert_nothing_of(workshop, half)
