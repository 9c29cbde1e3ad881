"""Statements that cannot run in a transaction: begun, finished and taken up again visibly."""

from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop, finish

CONCURRENTLY = (
    "with op.get_context().autocommit_block():\n"
    "    op.execute('CREATE UNIQUE INDEX CONCURRENTLY user_name_key ON platform.\"user\" (name)')"
)
DROP = "with op.get_context().autocommit_block():\n    op.execute('DROP INDEX CONCURRENTLY platform.user_name_key')"


@pytest.fixture
def pending(workshop: Workshop, platform: ToyApp) -> str:
    assert workshop.run("migrate").code == 0
    return platform.write_revision(CONCURRENTLY, DROP, message="index names")


def validity(workshop: Workshop) -> list[bool]:
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('platform.user_name_key')"
    return [valid for (valid,) in workshop.sql(query)]


def test_an_index_is_made_concurrently_as_the_owner(
    workshop: Workshop, platform: ToyApp, pending: str
) -> None:
    result = workshop.run("migrate", "--json")
    assert result.applied == [pending], result.err
    assert validity(workshop) == [True]
    owner = "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'user_name_key'"
    assert workshop.value(owner) == platform.owner
    assert workshop.history()[-1] == ("platform", pending, "up", "finished")
    assert workshop.run("migrate", "--json").data["nothing_to_do"]


@pytest.mark.usefixtures("platform")
def test_an_invalid_index_of_a_failed_try_is_dropped_by_the_next_one(
    workshop: Workshop, pending: str
) -> None:
    workshop.sql("INSERT INTO platform.\"user\" VALUES (1, 'ann'), (2, 'ann')")
    failed = workshop.run("migrate")
    assert (failed.code, failed.error) == (1, "revision-failed")
    assert "could not create unique index" in failed.text
    assert "Nothing of it remains" not in failed.text
    assert validity(workshop) == [False]
    assert workshop.version("platform") != [pending]
    assert workshop.history()[-1] == ("platform", pending, "up", "failed")

    workshop.sql('DELETE FROM platform."user" WHERE id = 2')
    again = workshop.run("migrate")
    assert (again.code, again.err) == (0, "")
    assert "platform.user_name_key" in again.out
    assert validity(workshop) == [True]
    assert workshop.history()[-1] == ("platform", pending, "up", "finished")


def test_a_started_row_is_there_while_it_runs_and_after_it_was_killed(
    workshop: Workshop, platform: ToyApp
) -> None:
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    slow = platform.write_revision(
        f"with op.get_context().autocommit_block():\n    op.execute('CREATE TABLE IF NOT EXISTS platform.slow ()')\n"
        f"    op.execute({brake!r})"
    )
    process = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    assert workshop.history()[-1] == ("platform", slow, "up", "started")
    process.kill()
    process.communicate()
    assert workshop.history()[-1] == ("platform", slow, "up", "started")

    workshop.set_brake(on=False)
    workshop.sql("SELECT pg_terminate_backend(%s)", pid)
    result = workshop.run("migrate", "--json")
    assert result.applied == [slow], result.err
    assert workshop.version("platform") == [slow]


def test_a_concurrent_index_beside_waiting_runners_is_no_deadlock(
    workshop: Workshop, platform: ToyApp, pending: str
) -> None:
    results = [finish(process) for process in [workshop.start("migrate", "--json") for _ in range(3)]]
    assert [result.code for result in results] == [0, 0, 0], results
    assert sorted(len(result.applied) for result in results) == [0, 0, 1]
    assert validity(workshop) == [True]
    assert platform.head == pending


def test_a_downgrade_can_leave_its_transaction_too(workshop: Workshop, pending: str) -> None:
    assert workshop.run("migrate").code == 0
    result = workshop.run("rollback", "platform", "--json")
    assert [step["revision"] for step in result.data["rolled_back"]] == [pending]
    assert validity(workshop) == []
    assert workshop.history()[-1] == ("platform", pending, "down", "finished")


@pytest.mark.usefixtures("platform")
def test_indexes_that_are_invalid_for_other_reasons_elsewhere_are_left_alone(
    workshop: Workshop, pending: str
) -> None:
    workshop.sql("CREATE TABLE public.mine (name text)")
    workshop.sql("INSERT INTO public.mine VALUES ('a'), ('a')")
    with pytest.raises(Exception, match="could not create unique index"):
        workshop.sql("CREATE UNIQUE INDEX CONCURRENTLY mine_name_key ON public.mine (name)")
    assert workshop.run("migrate", "--json").applied == [pending]
    assert (
        workshop.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.mine_name_key'::regclass")
        is False
    )
